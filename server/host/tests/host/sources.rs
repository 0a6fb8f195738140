//! What the code of a project imports, from a real disk: what is left out, what is read again, and what nobody should read.

use std::sync::Arc;

use envls_core::{
    source::Sources,
    standard::modules::{Found, ModuleTable},
    world::{AbsPath, Content, Noun, Reply},
};

use crate::support::Bench;

fn sources(bench: &mut Bench, root: &AbsPath) -> Arc<Sources> {
    match bench.ask(Noun::Sources(root.clone())) {
        Content::Sources(Reply::Known(sources)) => sources,
        other => panic!("{other:?}"),
    }
}

/// Each import as `file: module`, sorted.
fn imports(sources: &Sources, root: &AbsPath) -> Vec<String> {
    let each = sources.files.iter().flat_map(|file| {
        let name = file.path.shown_from(root);
        file.source.imports.iter().map(move |it| format!("{name}: {}", it.module))
    });
    each.collect()
}

#[test]
fn what_is_ignored_installed_or_of_another_project_is_left_out() {
    let mut bench = Bench::new();
    let root = bench.folder("work");
    bench.write("work/.git/HEAD", "");
    bench.write("work/.gitignore", "made/\nlocal.py\n");
    bench.write("work/a.py", "import one\n");
    bench.write("work/src/b.pyi", "import two\n");
    bench.write("work/local.py", "import ignored\n");
    bench.write("work/made/c.py", "import ignored\n");
    bench.write("work/.venv/pyvenv.cfg", "");
    bench.write("work/env/pyvenv.cfg", "");
    bench.write("work/env/c.py", "import installed\n");
    bench.write("work/inner/pyproject.toml", "");
    bench.write("work/inner/c.py", "import another\n");
    bench.write("work/build/lib/a.py", "import copied\n");
    let read = sources(&mut bench, &root);
    assert_eq!(imports(&read, &root), ["a.py: one", "src/b.pyi: two"]);
}

#[test]
fn what_a_tool_is_to_make_a_project_of_is_no_source() {
    let mut bench = Bench::new();
    let root = bench.folder("work");
    bench.write("work/a.py", "import one\n");
    bench.write("work/{{ cookiecutter.name }}/b.py", "import two\n");
    let read = sources(&mut bench, &root);
    assert_eq!(imports(&read, &root), ["a.py: one"]);
}

#[test]
fn only_what_changed_is_read_again() {
    let mut bench = Bench::new();
    let root = bench.folder("work");
    bench.write("work/a.py", "import one\n");
    bench.write("work/b.py", "import two\n");
    let before = sources(&mut bench, &root);
    let same = sources(&mut bench, &root);
    assert!(Arc::ptr_eq(&before, &same), "nothing changed, so it is the same answer");
    bench.write("work/b.py", "import two, three\n");
    let after = sources(&mut bench, &root);
    assert_eq!(imports(&after, &root), ["a.py: one", "b.py: two", "b.py: three"]);
    let file = |of: &Sources| Arc::clone(&of.files[0].source);
    assert!(Arc::ptr_eq(&file(&before), &file(&after)), "the other file is not read again");
}

#[test]
fn what_nobody_should_read_harms_nothing() {
    let mut bench = Bench::new();
    let root = bench.folder("work");
    let deep = ["[", "not ", "1+", "lambda:", "(", "-", "x.", "{"];
    for (at, part) in deep.iter().enumerate() {
        let text = format!("import a\nx = {}1\nimport b\n", part.repeat(200_000));
        bench.write(&format!("work/deep{at}.py"), text);
    }
    bench.write("work/line.py", format!("import a;{}", "x=1;".repeat(2_500_000)));
    let bytes: Vec<u8> =
        (0..1_000_000_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    bench.write("work/bytes.py", bytes);
    bench.write("work/note.ipynb", "[".repeat(200_000));
    bench.write("work/sound.py", "import sound\n");
    let read = sources(&mut bench, &root);
    assert!(imports(&read, &root).contains(&"sound.py: sound".to_owned()));
    assert_eq!(read.files.len(), deep.len() + 4);
    for (at, part) in deep.iter().enumerate() {
        let text = format!("import a\nx = {}1\nimport b\n", part.repeat(200_000));
        let path = root.join(format!("deep{at}.py"));
        let ticket = bench.post(Noun::Source(path), Some(&text));
        let content = bench.answer_to(ticket).content;
        assert!(matches!(content, Content::Source(Reply::Known(_))), "{part}: {content:?}");
    }
}

#[test]
fn what_is_installed_is_known_by_its_files_and_where_they_lead() {
    let mut bench = Bench::new();
    let site = bench.folder("site-packages");
    bench.write(
        "site-packages/a_b-1.dist-info/RECORD",
        "a/b/__init__.py,,\na_b-1.dist-info/RECORD,,\n",
    );
    let shop = bench.folder("shop/src");
    bench.write("shop/src/shop/__init__.py", "");
    bench.write("site-packages/_shop.pth", format!("{shop}\nimport os; os.abort()\n"));
    bench
        .write("site-packages/shop-1.dist-info/RECORD", "_shop.pth,,\nshop-1.dist-info/RECORD,,\n");
    bench.write("site-packages/loose.py", "");
    // What its metadata declares goes before what else lies in the folder that it leads to.
    let tool = bench.folder("tool");
    bench.write("tool/tool_main/__init__.py", "");
    bench.write("tool/benchmarks/__init__.py", "");
    bench.write("site-packages/_tool.pth", format!("{tool}\n"));
    bench
        .write("site-packages/tool-1.dist-info/RECORD", "_tool.pth,,\ntool-1.dist-info/RECORD,,\n");
    bench.write(
        "site-packages/tool-1.dist-info/METADATA",
        "Metadata-Version: 2.5\nName: tool\nVersion: 1\nImport-Name: tool_main\n",
    );
    // A package that two distributions write is a namespace because one of them says so.
    for (name, says) in [("left", "Import-Namespace: whole\n"), ("right", "")] {
        bench.write(
            &format!("site-packages/{name}-1.dist-info/RECORD"),
            format!("whole/__init__.py,,\nwhole/{name}/__init__.py,,\n"),
        );
        bench.write(
            &format!("site-packages/{name}-1.dist-info/METADATA"),
            format!("Metadata-Version: 2.5\nName: {name}\nVersion: 1\n{says}"),
        );
    }
    let Content::Modules(Reply::Known(table)) = bench.ask(Noun::Modules(site)) else {
        panic!("it is known")
    };
    let owner = |table: &ModuleTable, module: &str| match table.find(module) {
        Found::In(portions) => Some(portions[0].distribution.as_deref().unwrap_or("").to_owned()),
        _ => None,
    };
    assert_eq!(owner(&table, "a.b.c").as_deref(), Some("a-b"));
    assert_eq!(owner(&table, "a.other"), None);
    assert_eq!(owner(&table, "shop").as_deref(), Some("shop"));
    assert_eq!(owner(&table, "loose").as_deref(), Some(""));
    assert_eq!(owner(&table, "tool_main").as_deref(), Some("tool"));
    assert_eq!(owner(&table, "benchmarks"), None);
    assert_eq!(owner(&table, "whole.left").as_deref(), Some("left"));
    assert_eq!(owner(&table, "whole.right").as_deref(), Some("right"));
    assert_eq!(owner(&table, "whole.neither"), None);
}
