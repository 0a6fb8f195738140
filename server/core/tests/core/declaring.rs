//! Draws what a file declares of layers, under the text that declares it.

use std::fmt::Write;

use envls_core::{
    Tables,
    declared::{Declared, Document, Does, Stage, Volume},
    insight,
    text::Span,
    world::AbsPath,
};

use crate::desk::Desk;

pub(crate) fn drawing(document: &Document) -> String {
    let mut drawing = format!("{}\n", document.format);
    let declarations = &document.declarations;
    for (name, value) in &declarations.arguments {
        let value = value.as_deref().map_or(String::new(), |it| format!(", else `{it}`"));
        let _ = writeln!(drawing, "told `{name}`{value}");
    }
    for include in &declarations.includes {
        let _ = writeln!(drawing, "belongs to it: {}", at(document, include.span, &include.text));
    }
    declarations.layers.iter().for_each(|it| layer(&mut drawing, document, it));
    declarations.stages.iter().for_each(|it| stage(&mut drawing, document, it));
    for pattern in &declarations.patterns {
        let what = if pattern.takes_back { "takes back" } else { "leaves out" };
        let _ = writeln!(drawing, "{what} {}", at(document, pattern.span, &pattern.glob));
    }
    drawing
}

/// A text with its line, and what is written there, where that is something else.
fn at(document: &Document, span: Span, text: &str) -> String {
    let line = document.range(span).start.line + 1;
    let spelled = document.text.get(span.start..span.end).unwrap_or("?");
    let spelled = spelled.split_whitespace().collect::<Vec<_>>().join(" ");
    let spelled = if spelled == text { String::new() } else { format!(", `{spelled}`") };
    format!("`{text}` (line {line}{spelled})")
}

fn layer(drawing: &mut String, document: &Document, layer: &Declared) {
    let _ = writeln!(drawing, "layer {}", at(document, layer.span, &layer.name));
    let said = [
        ("image", &layer.image),
        ("folder", &layer.folder),
        ("user", &layer.user),
        ("platform", &layer.platform),
        ("Python", &layer.python),
        ("interpreter", &layer.interpreter),
    ];
    for (what, said) in said {
        let Some(said) = said else { continue };
        let _ = writeln!(drawing, "  {what} {}", at(document, said.span, &said.text));
    }
    if let Some(build) = &layer.build {
        let parts =
            [("context", &build.context), ("file", &build.dockerfile), ("target", &build.target)];
        let parts = parts.into_iter().filter_map(|(what, it)| {
            let it = it.as_ref()?;
            Some(format!("{what} {}", at(document, it.span, &it.text)))
        });
        let told = build.arguments.iter();
        let told =
            told.map(|(name, it)| format!("told {name}={}", at(document, it.span, &it.text)));
        let _ = writeln!(drawing, "  build {}", parts.chain(told).collect::<Vec<_>>().join(", "));
    }
    for volume in &layer.volumes {
        let Volume { source, inside, kind, access, span } = volume;
        let source = source.as_deref().unwrap_or("nothing");
        let line = document.range(*span).start.line + 1;
        let _ =
            writeln!(drawing, "  {kind:?} of `{source}` at `{inside}`, {access:?} (line {line})");
    }
    for (name, value) in &layer.variables {
        let _ = writeln!(drawing, "  {name}={}", at(document, value.span, &value.text));
    }
    if let Some((file, name)) = &layer.extends {
        let file = file.as_ref().map_or(String::new(), |it| format!(" of `{}`", it.text));
        let _ = writeln!(drawing, "  takes over {}{file}", at(document, name.span, &name.text));
    }
    if let Some((files, name)) = &layer.service {
        let files: Vec<&str> = files.iter().map(|it| it.text.as_str()).collect();
        let _ = writeln!(drawing, "  is service `{}` of {}", name.text, files.join(", "));
    }
    for command in &layer.commands {
        let _ = writeln!(drawing, "  runs {}", at(document, command.span, &command.text));
    }
}

fn stage(drawing: &mut String, document: &Document, stage: &Stage) {
    let name = stage.name.as_deref().map_or(String::new(), |it| format!(", called `{it}`"));
    let platform = stage.platform.as_ref();
    let platform =
        platform.map_or(String::new(), |it| format!(", for {}", at(document, it.span, &it.text)));
    let _ = writeln!(
        drawing,
        "from {}{name}{platform}",
        at(document, stage.from.span, &stage.from.text)
    );
    for step in &stage.steps {
        let line = document.range(step.span).start.line + 1;
        let words = match &step.does {
            Does::Run(commands) => {
                let shown = commands.iter().map(|it| at(document, it.span, &it.words.join(" ")));
                format!("runs {}", shown.collect::<Vec<_>>().join(", "))
            }
            Does::Copy { from, sources, target, excluded } => {
                let from = from.as_ref();
                let from = from.map_or(String::new(), |it| {
                    format!(" from {}", at(document, it.span, &it.text))
                });
                let sources: Vec<String> =
                    sources.iter().map(|it| at(document, it.span, &it.text)).collect();
                let without = if excluded.is_empty() {
                    String::new()
                } else {
                    format!(" without {}", excluded.join(" "))
                };
                format!("copies {} to `{target}`{from}{without}", sources.join(", "))
            }
            Does::Variable(name, value) => format!("sets `{name}` to `{value}`"),
            Does::Folder(folder) => format!("goes to `{folder}`"),
            Does::Argument(name, value) => format!("is told `{name}`, else {value:?}"),
        };
        let _ = writeln!(drawing, "  {line}: {words}");
    }
}

#[test]
fn what_is_known_of_an_image_is_told_under_the_cursor() {
    let mut desk = Desk::new();
    desk.file("/w/pyproject.toml", "[project]\nname = \"shop\"\nrequires-python = \">=3.12\"\n");
    let dockerfile = "ARG V=3.12\nFROM python:$V-alpine\nWORKDIR /app\nRUN uv sync\n";
    desk.file("/w/Dockerfile", dockerfile);
    desk.file("/w/compose.yaml", "services:\n  app:\n    build: .\n    volumes: [\".:/app\"]\n");
    let session = desk.settle(Tables::default(), Vec::new());
    let path = AbsPath::new("/w/Dockerfile");
    let standing = session.project_of(&path).expect("there is a project");
    let model = standing.outcome.model.as_ref().expect("it is understood");
    let told =
        |text: &str| insight::hover(model, &path, dockerfile.find(text).expect("it is there"));
    let expected = "**python:3.12-alpine**\n\n- Python 3.12, by its name\n- the project asks for `>=3.12`\n\
        - built on musl\n- service `app` has environment `/app/.venv`\n- service `app` sees `.venv` as `/app/.venv`\n";
    assert_eq!(told("$V-").expect("an image is there").markdown, expected);
    assert_eq!(told("/app"), None);
}
