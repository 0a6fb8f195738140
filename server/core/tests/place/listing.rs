//! What the tools of layers print, as recorded from them or as their documentation has it.

use std::collections::BTreeMap;

use envls_core::{
    place::{
        self, Argument, Entering, Input, Inside, Invocation, Listing, Output,
        instance::{Instance, State, Unreachable},
    },
    world::AbsPath,
};

pub(crate) fn said(text: &str) -> Output {
    Output { code: Some(0), printed: text.as_bytes().to_vec(), ..Output::default() }
}

pub(crate) fn failed(code: i32, errors: &str) -> Output {
    Output { code: Some(code), errors: errors.to_owned(), ..Output::default() }
}

fn words(invocation: &Invocation) -> Vec<&str> {
    let mut words = Vec::new();
    for argument in &invocation.arguments {
        words.push(if let Argument::Word(word) = argument { word.as_str() } else { "FILE" });
    }
    words
}

/// Lists with these answers, and says what was run for each.
fn listed(kind: &str, answers: &[Output]) -> (Result<Vec<Instance>, Unreachable>, Vec<String>) {
    let layer = place::named(kind).expect("a kind");
    let (mut given, mut run) = (Vec::new(), Vec::new());
    loop {
        match layer.list(&BTreeMap::new(), &given) {
            Listing::Done(instances) => return (instances, run),
            Listing::Run(invocation) => {
                run.push(words(&invocation).join(" "));
                given.push(answers.get(given.len()).expect("an answer for each run").clone());
            }
        }
    }
}

fn entered(kind: &str, target: &str, answers: &[Output]) -> (Result<Vec<u8>, Unreachable>, usize) {
    let layer = place::named(kind).expect("a kind");
    let pairs = [
        ("ENVLS_VMWARE_USER", "u"),
        ("ENVLS_VMWARE_PASSWORD", "p"),
        ("ENVLS_VIRTUALBOX_USER", "u"),
        ("ENVLS_VIRTUALBOX_PASSWORD_FILE", "/home/u/secret"),
    ];
    let user = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut given = Vec::new();
    loop {
        match layer.enter(target, b"exit 0\n", &user, &given) {
            Entering::Done(printed) => return (printed, given.len()),
            Entering::Run(_) => given.push(answers.get(given.len()).expect("an answer").clone()),
        }
    }
}

const IDENTIFIER: &str = "32aad0f96a2dc0e68ef1bdb53c238b10ce436e4abd752acc5e990f6b6cd4ce2d";

#[test]
fn podman_and_docker_describe_their_containers_nearly_alike() {
    let described = |name: &str| {
        format!(
            r#"[{{"Id":"{IDENTIFIER}","Name":"{name}","State":{{"Status":"running","StartedAt":"2026-11-22T18:05:00Z"}},
            "Mounts":[{{"Type":"bind","Source":"/w/shop","Destination":"/app","RW":true}},
                      {{"Type":"volume","Name":"v","Source":"/var/lib/x","Destination":"/app/.venv"}}],
            "Config":{{"Env":["PATH=/usr/bin","VIRTUAL_ENV=/opt/venv"],"WorkingDir":"/app","Labels":{{"devcontainer.local_folder":"/w/shop"}},"Image":"py"}}}}]"#
        )
    };
    for (kind, name) in [("podman", "shop"), ("docker", "/shop")] {
        let (instances, run) =
            listed(kind, &[said(&format!("{IDENTIFIER}\n")), said(&described(name)), said("")]);
        assert_eq!(run.first().map(String::as_str), Some("ps --all --quiet --no-trunc"));
        let [instance] = &instances.expect("they are listed")[..] else { panic!("one container") };
        assert_eq!(instance.place.to_string(), format!("{kind}:shop"));
        assert_eq!(
            (instance.state, instance.aliases.as_slice()),
            (State::Running, &[IDENTIFIER.to_owned()][..])
        );
        assert!(instance.generation.contains("2026-11-22"));
        let [bind, volume] = &instance.shared[..] else { panic!("two mounts") };
        assert_eq!(bind.outside, Some(AbsPath::new("/w/shop")));
        assert_eq!((&volume.inside, &volume.outside), (&AbsPath::new("/app/.venv"), &None));
        assert_eq!(instance.variables.get("VIRTUAL_ENV").map(String::as_str), Some("/opt/venv"));
        assert_eq!(listed(kind, &[said("")]).0, Ok(Vec::new()));
    }
}

#[test]
fn an_image_that_has_its_name_no_more_is_an_older_one() {
    let described = r#"[{"Id":"aa","Name":"/shop","Image":"sha256:old","State":{"Status":"running"},"Mounts":[],
        "Config":{"Labels":{"com.docker.compose.service":"app"},"Image":"shop"}},
        {"Id":"bb","Name":"/other","Image":"sha256:old","State":{"Status":"running"},"Mounts":[],"Config":{"Image":"shop"}}]"#;
    let newer = |images: &str| {
        let (instances, run) = listed("docker", &[said("aa\nbb\n"), said(described), said(images)]);
        assert!(
            run.last().is_some_and(|it| it.ends_with("-- shop")),
            "only that one is asked of: {run:?}"
        );
        let instances = instances.expect("they are listed").into_iter();
        instances.map(|it| (it.name, it.image_is_newer)).collect::<Vec<_>>()
    };
    let told = |it| [("other".to_owned(), None), ("shop".to_owned(), it)];
    assert_eq!(newer("sha256:new shop:latest shop:2\n"), told(Some(true)));
    assert_eq!(newer("old localhost/shop:latest\n"), told(Some(false)), "as Podman says it");
    assert_eq!(newer(""), told(None), "there is none of that name any more");
}

#[test]
fn why_a_container_cannot_be_entered_is_in_the_words_and_not_in_the_code() {
    type Is = fn(&Unreachable) -> bool;
    let cases: [(&str, i32, &str, Is); 8] = [
        (
            "podman",
            125,
            "Error: no container with name or ID \"x\" found: no such container",
            |it| matches!(it, Unreachable::NotFound { .. }),
        ),
        ("docker", 1, "Error: No such container: x", |it| {
            matches!(it, Unreachable::NotFound { .. })
        }),
        (
            "podman",
            255,
            "Error: can only create exec sessions on running containers: container state improper",
            |it| matches!(it, Unreachable::NotRunning { .. }),
        ),
        ("docker", 1, "Error response from daemon: Container 32aa is not running", |it| {
            matches!(it, Unreachable::NotRunning { .. })
        }),
        (
            "podman",
            127,
            "Error: crun: executable file `sh` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found",
            |it| matches!(it, Unreachable::NoShell { .. }),
        ),
        (
            "docker",
            126,
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"sh\": executable file not found in $PATH",
            |it| matches!(it, Unreachable::NoShell { .. }),
        ),
        (
            "docker",
            1,
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            |it| matches!(it, Unreachable::NoEngine { .. }),
        ),
        (
            "docker",
            1,
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            |it| matches!(it, Unreachable::Refused { .. }),
        ),
    ];
    for (kind, code, errors, is) in cases {
        let why = entered(kind, "x", &[failed(code, errors)]).0.expect_err("it fails");
        assert!(is(&why), "{kind}: {why:?}");
    }
}

#[test]
fn a_cluster_that_may_be_one_of_production_is_not_listed() {
    let (instances, run) = listed("kubernetes", &[said("prod-eu\n")]);
    assert!(matches!(instances, Err(Unreachable::Forbidden { .. })));
    assert_eq!(run, ["config current-context"], "nothing is asked of it");
    let pods = r#"{"items":[{"metadata":{"name":"web-0","uid":"u1","labels":{"app":"web"}},"status":{"phase":"Running","containerStatuses":[{"name":"app","restartCount":2}]},
        "spec":{"containers":[{"name":"app","image":"py","workingDir":"/app","env":[{"name":"VIRTUAL_ENV","value":"/opt/venv"}]}]}}]}"#;
    let view = r#"{"contexts":[{"context":{"namespace":"dev"}}]}"#;
    let (instances, run) = listed("kubernetes", &[said("kind-dev\n"), said(view), said(pods)]);
    let instances = instances.expect("a local one is listed");
    assert_eq!(
        instances.first().map(|it| it.place.to_string()).as_deref(),
        Some("kubernetes:kind-dev/dev/web-0/app")
    );
    assert!(
        run.get(2).is_some_and(|it| it.contains("--context=kind-dev --namespace=dev get pods")),
        "{run:?}"
    );
    // What is named is entered with its context and namespace said.
    let layer = place::named("kubernetes").expect("a kind");
    let Entering::Run(entering) =
        layer.enter("arn:aws:eks:eu:1:cluster/c/ns/pod/app", b"", &BTreeMap::new(), &[])
    else {
        panic!("it is entered")
    };
    assert_eq!(
        words(&entering),
        [
            "--context=arn:aws:eks:eu:1:cluster/c",
            "--namespace=ns",
            "exec",
            "-i",
            "pod",
            "--container=app",
            "--",
            "sh"
        ]
    );
    let noisy = "E1122 memcache.go:265] couldn't get current server API group list\nThe connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?";
    let why = listed("kubernetes", &[said("minikube"), said(view), failed(1, noisy)]).0;
    assert!(
        matches!(why, Err(Unreachable::NoEngine { words }) if words.starts_with("The connection"))
    );
}

#[test]
fn wsl_speaks_in_sixteen_bits_and_is_not_started_to_be_looked_into() {
    let text = "  NAME              STATE           VERSION\r\n* Ubuntu-22.04      Running         2\r\n  Debian            Stopped         1\r\n  docker-desktop    Running         2\r\n";
    let wide = Output {
        code: Some(0),
        printed: text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ..Output::default()
    };
    for listing in [wide.clone(), said(text)] {
        let instances = listed("wsl", &[listing]).0.expect("they are listed");
        let names: Vec<(&str, State)> = instances.iter().map(|it| (&*it.name, it.state)).collect();
        assert_eq!(names, [("Ubuntu-22.04", State::Running), ("Debian", State::Stopped)]);
    }
    assert_eq!(
        entered("wsl", "Ubuntu-22.04", &[wide.clone(), said("printed")]).0,
        Ok(b"printed".to_vec())
    );
    let (why, runs) = entered("wsl", "Debian", std::slice::from_ref(&wide));
    assert!(matches!(why, Err(Unreachable::NotRunning { .. })));
    assert_eq!(runs, 1, "to enter it would start it");
    assert!(matches!(entered("wsl", "Arch", &[wide]).0, Err(Unreachable::NotFound { .. })));
}

#[test]
fn libvirt_lists_without_writing_and_waits_for_the_guests_agent() {
    let xml = "<domain type='qemu' id='1'><uuid>U-1</uuid><devices><interface type='user'><mac address='52:54:00:AA:bb:cc'/></interface><filesystem type='mount'><driver type='virtiofs'/><source dir='/home/u/w &amp; x'/><target dir='workspace'/></filesystem></devices></domain>";
    let (instances, run) = listed(
        "libvirt",
        &[
            said("pyguest\noff\n"),
            said("pyguest\n"),
            said(xml),
            said("<domain><uuid>u-2</uuid></domain>"),
        ],
    );
    assert!(run.iter().all(|it| it.starts_with("--readonly")), "{run:?}");
    let instances = instances.expect("they are listed");
    let [guest, off] = &instances[..] else { panic!("two machines") };
    assert_eq!((guest.state, off.state), (State::Running, State::Stopped));
    assert_eq!(guest.tags.get("workspace"), Some(&AbsPath::new("/home/u/w & x")));
    assert!(guest.generation.ends_with(" 1"), "each start has another number");
    let known: Vec<&str> = guest.hardware.iter().map(String::as_str).collect();
    assert_eq!(known, ["52:54:00:aa:bb:cc", "u-1"], "as its own system spells it");
    let table = "36 25 0:30 / /workspace rw,relatime - virtiofs workspace rw\n37 25 0:31 / /tmp rw - tmpfs tmpfs rw\n";
    let mounts =
        place::named("libvirt").and_then(|it| it.mounts()).expect("its guests have mounts");
    let shared = mounts(&guest.tags, table);
    assert_eq!(shared.len(), 1);
    assert_eq!(shared.first().map(|it| it.inside.clone()), Some(AbsPath::new("/workspace")));
    let status = |json: &str| said(&format!(r#"{{"return":{json}}}"#));
    let answers = [
        status(r#"{"pid":118}"#),
        status(r#"{"exited":false}"#),
        status(r#"{"exited":true,"exitcode":0,"out-data":"cHJpbnRlZAo="}"#),
    ];
    assert_eq!(entered("libvirt", "pyguest", &answers), (Ok(b"printed\n".to_vec()), 3));
    let why = entered(
        "libvirt",
        "x",
        &[failed(1, "error: Guest agent is not responding: QEMU guest agent is not connected")],
    )
    .0;
    assert!(
        matches!(why, Err(Unreachable::NoShell { words }) if words.contains("`qemu-guest-agent`"))
    );
    let still = "error: Guest agent is not responding: Guest agent not available for now";
    assert_eq!(entered("libvirt", "x", &[failed(1, still)]).0, Err(Unreachable::TimedOut));
}

#[test]
fn a_host_that_ssh_does_not_come_to_is_said_for_what_it_is() {
    let late = "Connection timed out during banner exchange";
    assert_eq!(entered("ssh", "guest", &[failed(255, late)]).0, Err(Unreachable::TimedOut));
    let closed = "ssh: connect to host 127.0.0.1 port 22: Connection refused";
    let why = entered("ssh", "guest", &[failed(255, closed)]).0;
    assert!(matches!(why, Err(Unreachable::Failed { words }) if words.starts_with(closed)));
    let strange = "No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict checking.\nHost key verification failed.";
    let why = entered("ssh", "guest", &[failed(255, strange)]).0;
    assert!(matches!(why, Err(Unreachable::Refused { .. })));
}

#[test]
fn the_products_that_were_not_run_are_read_as_their_documentation_has_it() {
    let warning = "WARNING: The character device /dev/vboxdrv does not exist.\n\t You will not be able to start VMs until this problem is fixed.\n";
    let all = said(&format!("{warning}\"py dev\" {{5d753451-2f63}}\n"));
    let about = said(
        "name=\"py dev\"\n rec_screen0\nmacaddress1=\"080027A1B2C3\"\nVMState=\"running\"\nSharedFolderNameMachineMapping1=\"ws\"\nSharedFolderPathMachineMapping1=\"/srv/ws\"\n",
    );
    let instances = listed("virtualbox", &[all, about]).0.expect("they are listed");
    let machine = instances.first().expect("one machine");
    assert_eq!(
        (machine.place.to_string(), machine.state),
        ("virtualbox:py%20dev".to_owned(), State::Running)
    );
    assert_eq!(machine.tags.get("ws"), Some(&AbsPath::new("/srv/ws")));
    let known: Vec<&str> = machine.hardware.iter().map(String::as_str).collect();
    assert_eq!(known, ["08:00:27:a1:b2:c3"], "as its own system spells it");
    let off = "VBoxManage: error: Machine \"py dev\" is not running (currently powered off)!";
    assert!(matches!(
        entered("virtualbox", "py dev", &[failed(1, off)]).0,
        Err(Unreachable::NotRunning { .. })
    ));

    let instances = listed("vmware", &[said("Total running VMs: 1\n/home/u/vm/py/py.vmx\n")])
        .0
        .expect("listed");
    assert_eq!(
        instances.first().map(|it| it.place.to_string()).as_deref(),
        Some("vmware:/home/u/vm/py/py.vmx")
    );
    let taken = Output { taken: b"printed".to_vec(), ..said("") };
    let steps = [said("/tmp/vmware-a1\n"), said(""), said(""), taken, said(""), said("")];
    assert_eq!(entered("vmware", "/home/u/vm/py/py.vmx", &steps), (Ok(b"printed".to_vec()), 6));
    let hostile = entered("vmware", "/x.vmx", &[said("/tmp/a; rm -rf /\n")]).0;
    assert!(
        matches!(hostile, Err(Unreachable::Garbled { .. })),
        "it would become a part of a command line"
    );
    let error = Output {
        code: Some(255),
        ..said("Error: Invalid user name or password for the guest OS\n")
    };
    assert!(matches!(entered("vmware", "/x.vmx", &[error]).0, Err(Unreachable::Refused { .. })));

    let machines = r#"[{"ID":"1d36","Name":"pydev","State":"running","Host Shared Folders":{"enabled":true,"ws":{"enabled":true,"path":"/Users/u/w","mode":"rw"}}}]"#;
    let instances = listed("parallels", &[said(machines)]).0.expect("they are listed");
    let shared = instances.first().and_then(|it| it.shared.first()).expect("a shared folder");
    assert_eq!(shared.inside, AbsPath::new("/media/psf/ws"));

    for json in [
        r#"[{"Name":"pydev","Id":"0d8a","State":2}]"#,
        "\u{feff}{\"Name\":\"pydev\",\"Id\":\"0d8a\",\"State\":2}",
    ] {
        let instances = listed("hyperv", &[said(json)]).0.expect("they are listed");
        assert_eq!(instances.first().map(|it| it.state), Some(State::Running));
    }
    assert!(matches!(entered("hyperv", "pydev", &[]).0, Err(Unreachable::NoShell { .. })));
}

#[test]
fn a_command_inside_is_one_command_of_the_layers_tool() {
    let variables = BTreeMap::from([("A".to_owned(), "b c".to_owned())]);
    let given = ["uv".to_owned(), "sync".to_owned(), "it's".to_owned()];
    let inside =
        Inside { words: &given, directory: "/app", variables: &variables, input: Input::None };
    let command = |kind: &str, target: &str| {
        place::named(kind).expect("a kind").command(target, &inside).expect("it can run commands")
    };
    assert_eq!(
        command("podman", "shop"),
        ["exec", "-w", "/app", "-e", "A=b c", "shop", "uv", "sync", "it's"]
    );
    let line = r"cd /app && exec env 'A=b c' uv sync 'it'\''s'";
    assert_eq!(command("wsl", "Debian"), ["--distribution", "Debian", "--exec", "sh", "-c", line]);
    assert_eq!(command("ssh", "me@host:22").last().map(String::as_str), Some(line));
}

#[test]
fn every_garbage_is_an_answer_and_no_panic() {
    for layer in place::ALL {
        for garbage in ["", "\u{0}\u{1}", "[]", "{}", "[{}]", "null", "[[[", "\"", "a b c"] {
            let mut given = Vec::new();
            for _ in 0..8 {
                let Listing::Run(_) = layer.list(&BTreeMap::new(), &given) else { break };
                given.push(said(garbage));
            }
            let mut given = Vec::new();
            for _ in 0..8 {
                let Entering::Run(_) = layer.enter("x", b"", &BTreeMap::new(), &given) else {
                    break;
                };
                given.push(said(garbage));
            }
        }
    }
}
