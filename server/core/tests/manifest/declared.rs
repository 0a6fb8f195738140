//! What holds of every file that declares layers, however wild.

use envls_core::{
    declared::{self, Document, Does},
    text::Span,
    world::AbsPath,
};
use proptest::prelude::*;

static PATHS: [&str; 12] = [
    "/w/Dockerfile",
    "/w/.dockerignore",
    "/w/compose.yaml",
    "/w/.devcontainer/devcontainer.json",
    "/w/k8s/pod.yaml",
    "/w/skaffold.yaml",
    "/w/Tiltfile",
    "/w/Vagrantfile",
    "/w/.vagrant/machines/default/libvirt/synced_folders",
    "/w/a.vbox",
    "/w/a.vmx",
    "/w/a.domain.xml",
];

/// Text made of what such files are made of, so that it comes near to being one.
fn nearly_one() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "FROM ",
        "python:3.12",
        "${X:-",
        "$X",
        " AS ",
        "--platform=",
        "--from=",
        "COPY ",
        "RUN ",
        "<<EOF\n",
        "EOF\n",
        "\\\n",
        "# escape=`\n",
        "`\n",
        "ENV a=b ",
        "ARG X",
        "WORKDIR /app\n",
        "[\"a\", ",
        "\"]",
        "uv sync",
        "&& ",
        "; ",
        "pip install x==1 ",
        "services:\n",
        "  app:\n",
        "    image: ",
        "    build: .\n",
        "    volumes:\n",
        "      - .:/app\n",
        "      - ",
        "&a ",
        "*a",
        "<<: *a\n",
        "---\n",
        "apiVersion: v1\nkind: Pod\n",
        "spec: {containers: [",
        "]}",
        "{",
        "}",
        "[",
        "]",
        "\"image\": ",
        "// c\n",
        "/* ",
        "*/",
        ",",
        "\"",
        "'",
        "docker_build(",
        "sync(",
        ")",
        ".vm.box = ",
        ".synced_folder ",
        "#{",
        "<SharedFolder name=",
        "<Machine ",
        "hostPath=",
        "/>",
        ">",
        "sharedFolder0.hostPath = ",
        "displayName = ",
        "!",
        "**/x",
        "é",
        "\u{feff}",
        "𝄞",
        "\t",
        " ",
        "\n",
        "\r\n",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|it| it.concat())
}

fn spans(document: &Document) -> Vec<Span> {
    let declarations = &document.declarations;
    let mut spans: Vec<Span> = declarations.includes.iter().map(|it| it.span).collect();
    spans.extend(declarations.patterns.iter().map(|it| it.span));
    for layer in &declarations.layers {
        spans.push(layer.span);
        let said = [&layer.image, &layer.folder, &layer.user, &layer.platform, &layer.python];
        spans.extend(said.into_iter().flatten().map(|it| it.span));
        spans.extend(layer.build.iter().map(|it| it.span));
        spans.extend(layer.volumes.iter().map(|it| it.span));
        spans.extend(layer.variables.values().chain(&layer.commands).map(|it| it.span));
    }
    for stage in &declarations.stages {
        spans.push(stage.from.span);
        spans.extend(stage.platform.iter().map(|it| it.span));
        for step in &stage.steps {
            spans.push(step.span);
            match &step.does {
                Does::Run(commands) => spans.extend(commands.iter().map(|it| it.span)),
                Does::Copy { sources, from, .. } => {
                    spans.extend(sources.iter().chain(from).map(|it| it.span));
                }
                _ => {}
            }
        }
    }
    spans
}

/// What the commands of a Dockerfile's only instruction are, each as it stands in the file.
fn commands(text: &str) -> Vec<&str> {
    let document = declared::read_file(&AbsPath::new("/w/Dockerfile"), text.into());
    let steps = document.declarations.stages.iter().flat_map(|it| &it.steps);
    let commands = steps.flat_map(|it| match &it.does {
        Does::Run(commands) => commands.iter().map(|it| it.span).collect(),
        _ => Vec::new(),
    });
    commands.map(|it| text.get(it.start..it.end).expect("it is within the text")).collect()
}

#[test]
fn commands_in_a_document_stand_where_they_stand_however_lines_end() {
    for end in ["\n", "\r\n"] {
        let lines = ["FROM python:3.12", "RUN <<EOF", "pip install one", "uv sync", "EOF"];
        let text = lines.join(end);
        assert_eq!(commands(&text), ["<<EOF", "pip install one", "uv sync"], "{text:?}");
    }
    assert_eq!(commands("FROM services:\nRUN <<EOF\n\""), ["<<EOF", "\""], "nothing ends it");
}

proptest! {
    #[test]
    fn whatever_the_text_every_span_is_inside(text in nearly_one(), path in prop::sample::select(&PATHS[..])) {
        let document = declared::read_file(&AbsPath::new(path), text.as_str().into());
        for span in spans(&document) {
            prop_assert!(span.start <= span.end && span.end <= text.len(), "{span:?} of {text:?}");
            // What is no character boundary must still have a place.
            let range = document.range(span);
            prop_assert!(range.start <= range.end);
        }
    }

    #[test]
    fn patterns_and_variables_are_read_without_end(pattern in "[a*?!\\[\\]{}/.$\\\\-]{0,12}", path in "[a./]{0,9}") {
        let read = declared::read_file(&AbsPath::new("/w/.dockerignore"), pattern.as_str().into());
        let _ = declared::leaves_out(&read.declarations.patterns, &path);
        let _ = declared::expanded(&pattern, &|_| Some("${a}".to_owned()));
    }
}
