//! What is wanted though no finding asks for it, one line each in a `chores` block, and what would be done about it.

use std::fmt::Write as _;

use envls_core::{
    action::{Action, Step, What},
    chore::Chore,
    manifest::Set,
    rule,
    session::Session,
    world::AbsPath,
};

/// The lines that begin with `> ` say what is wanted; what comes of each is drawn below it.
pub(crate) fn drawn(session: &Session, block: &str) -> String {
    let mut drawing = String::new();
    for line in block.lines() {
        let Some(wanted) = line.strip_prefix("> ") else { continue };
        let _ = writeln!(drawing, "{line}");
        if wanted == "write-down" {
            written_down(session, &mut drawing);
            continue;
        }
        match session.chore(&AbsPath::new("/w"), &chore(wanted)) {
            Ok((_, actions)) => actions.iter().for_each(|it| draw(&mut drawing, it)),
            Err(words) => drop(writeln!(drawing, "  no: {words}")),
        }
    }
    drawing
}

/// What declares what is installed, and the text that it writes.
fn written_down(session: &Session, drawing: &mut String) {
    let standing = session.project_of(&AbsPath::new("/w"));
    let action = standing.and_then(|it| rule::write_down(it.outcome.model.as_deref()?));
    let Some(action) = action else {
        drawing.push_str("  nothing\n");
        return;
    };
    draw(drawing, &action);
    let What::Edit(edits) = &action.what else { panic!("it is an edit") };
    for edit in edits {
        let lines: Vec<&str> = edit.text.split('\n').map(str::trim).collect();
        let _ = writeln!(drawing, "    writes {}", lines.join(" | ").trim_start_matches(" | "));
    }
}

fn draw(drawing: &mut String, action: &Action) {
    let _ = writeln!(drawing, "  {}", action.title);
    let adds = action.title.starts_with("Add ") || action.title.starts_with("Declare ");
    assert!(
        !(adds && action.preferred),
        "what adds a name is never the one to take: {}",
        action.title
    );
    let What::Run(recipe) = &action.what else { return };
    for command in recipe.commands() {
        let weakens = |it: &&String| it.contains("index-url") || it.contains("--trusted-host");
        let weaker = command.arguments.iter().find(weakens);
        assert_eq!(weaker, None, "no recipe of ours makes an index matter less: {}", action.title);
        let words = command.arguments.iter().chain(command.variables.keys());
        let hurries = |it: &&String| {
            let it = it.to_lowercase().replace('_', "-");
            it.contains("exclude-newer") || it.contains("uploaded-prior-to")
        };
        let sooner = words.clone().find(hurries);
        assert_eq!(sooner, None, "how long the user waits is the user's word: {}", action.title);
    }
    for step in &recipe.steps {
        if let Step::WriteNew { path, text } = step {
            let lines: Vec<&str> = text.lines().collect();
            let shown = path.shown_from(&AbsPath::new("/w"));
            let _ = writeln!(drawing, "    writes {shown}: {}", lines.join(" | "));
        }
    }
    let touches: Vec<String> =
        recipe.touches.iter().map(|it| it.shown_from(&AbsPath::new("/w"))).collect();
    let network = if recipe.network { ", network" } else { "" };
    let code = if recipe.runs_project_code { ", may run code" } else { "" };
    let _ = writeln!(drawing, "    changes {}{network}{code}", touches.join(" "));
}

fn chore(line: &str) -> Chore {
    let mut words = line.split(' ');
    let verb = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let (mut plain, mut set) = (Vec::new(), None);
    let mut rest = rest.into_iter();
    while let Some(word) = rest.next() {
        match word {
            "--group" => set = rest.next().map(|it| Set::Group(it.to_owned())),
            "--extra" => set = rest.next().map(|it| Set::Extra(it.to_owned())),
            word => plain.push(word),
        }
    }
    let text = plain.join(" ");
    let named = || text.clone();
    match verb {
        "create" => Chore::Create,
        "recreate" => Chore::Recreate { python: (!text.is_empty()).then(named) },
        "sync" => Chore::Sync { set },
        "add" => Chore::Add { requirement: text, set: set.unwrap_or(Set::Main) },
        "remove" => Chore::Remove { name: text },
        "upgrade" => Chore::Upgrade { name: text },
        "lock" => Chore::Lock,
        "pin" => Chore::Pin { python: text },
        "install-python" => Chore::InstallPython { python: text },
        "remove-environment" => Chore::Dispose,
        other => panic!("there is no chore `{other}`"),
    }
}
