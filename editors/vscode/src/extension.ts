// Starts the envls server, keeps it running, and gives its commands a place in the editor.
import * as path from "node:path";
import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
  type StaticFeature,
  WorkDoneProgressCancelNotification,
} from "vscode-languageclient/node";
import { findProgram, isProgram, type Program } from "./program";
import { Progress } from "./progress";
import { didGrantTrust, type Environment, EXPERIMENTAL, type Status } from "./protocol";
import { PythonExtension } from "./python";
import { clear, select } from "./select";
import { StatusItem } from "./status";
import { Terminals } from "./terminals";

// Everything that a finding can stand in.
const SELECTOR = [
  { scheme: "file", language: "python" },
  ...[
    "pyproject.toml",
    "uv.toml",
    "pylock*.toml",
    "pixi.toml",
    "*requirements*.{txt,in}",
    "requirements/*.{txt,in}",
    "*constraints*.txt",
    "setup.cfg",
    "Pipfile",
    "{uv,poetry,pdm,pixi,Pipfile}.lock",
    "environment{,-*,_*,.*}.{yml,yaml}",
    "hatch.toml",
    ".python-version",
    "pyvenv.cfg",
    "{Dockerfile,Containerfile}{,.*}",
    "*.[Dd]ockerfile",
    "{,*}.dockerignore",
    "{,docker-,podman-}compose{,-*,_*,.*}.{yml,yaml}",
    "{,.}devcontainer.json",
    "skaffold*.{yml,yaml}",
    "Tiltfile",
    "Vagrantfile",
  ].map((name) => ({ scheme: "file", pattern: `**/${name}` })),
];

// These are sent on to the server with the file in focus, where the caller names none.
const FORWARDED = ["envls.createEnvironment", "envls.syncEnvironment", "envls.runAction", "envls.cancel", "envls.refresh", "envls.explain", "envls.do"];

const CRASHES = { most: 5, within: 3 * 60 * 1000 };

let running: Session | undefined;

// What other extensions can ask of this one.
export interface Api {
  /** What the server said last about the folder of the file in focus. */
  status(): Status | undefined;
  /** The environment that a file gets. */
  activeEnvironment(uri: vscode.Uri): Promise<Environment | null>;
}

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  const log = vscode.window.createOutputChannel("envls", { log: true });
  const command = (name: string, run: (...words: any[]) => unknown) => context.subscriptions.push(vscode.commands.registerCommand(name, run));
  context.subscriptions.push(log);

  for (const name of FORWARDED) command(name, (argument?: object) => running?.execute(name, argument) ?? sayNotRunning(log));
  command("envls.trustWorkspace", (argument?: object) => {
    // Where VS Code itself withholds trust, it is VS Code that has to grant it; its answer reaches the server by itself.
    if (!vscode.workspace.isTrusted) return vscode.commands.executeCommand("workbench.trust.manage");
    return running?.execute("envls.trustWorkspace", argument) ?? sayNotRunning(log);
  });
  const chooses = (act: typeof select) => () => {
    const uri = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
    if (!running) return sayNotRunning(log);
    const { client, python } = running;
    if (uri?.scheme === "file") return act(client, uri, (chosen) => python.chosenHere(uri, chosen));
    return vscode.window.showInformationMessage("Open a file of the project that is to get another interpreter.");
  };
  command("envls.selectInterpreter", chooses(select));
  command("envls.clearInterpreter", chooses(clear));
  command("envls.useInterpreter", (argument?: object) => running?.execute("envls.useInterpreter", argument) ?? sayNotRunning(log));
  command("envls.showLog", () => log.show());
  command("envls.restart", () => restart(context, log));

  context.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(() => running?.grantTrust()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("envls.path")) void restart(context, log);
    }),
    vscode.window.onDidChangeActiveTextEditor(() => void running?.status.show()),
  );
  await restart(context, log);
  return {
    status: () => running?.status.statusOf(vscode.window.activeTextEditor?.document.uri),
    activeEnvironment: async (uri) => (await running?.status.environmentOf(uri)) ?? null,
  };
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

let turn: Promise<void> = Promise.resolve();

// Starts are queued: two quick changes of a setting must not leave two servers.
function restart(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<void> {
  turn = turn.then(async () => {
    await running?.stop();
    running = undefined;
    const program = findProgram(context);
    if (!program) return void sayNotFound();
    if (path.isAbsolute(program.path) && !isProgram(program.path)) return void sayNotFound(program);
    log.info(`starts \`${program.path}\`, from ${program.from}`);
    running = new Session(program, log, context);
    await running.start();
  });
  return turn;
}

class Session {
  readonly client: LanguageClient;
  readonly status: StatusItem;
  readonly python: PythonExtension;
  private readonly terminals: Terminals;
  private readonly progress: Progress;
  private readonly crashes: number[] = [];

  constructor(
    program: Program,
    private readonly log: vscode.LogOutputChannel,
    context: vscode.ExtensionContext,
  ) {
    this.progress = new Progress((token) => void this.client.sendNotification(WorkDoneProgressCancelNotification.type, { token }));
    const options: LanguageClientOptions = {
      documentSelector: SELECTOR,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ envls: { ...settings(), trusted: vscode.workspace.isTrusted, registersCommands: true } }),
      synchronize: { configurationSection: "envls" },
      middleware: { handleWorkDoneProgress: (token, value, next) => this.progress.handle(token, value, next) },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.closed(),
      },
      initializationFailedHandler: () => false,
    };
    this.client = new LanguageClient("envls", "envls", { command: program.path, args: ["server"] }, options);
    this.client.registerFeature(ANNOUNCE);
    this.status = new StatusItem(this.client, SELECTOR);
    this.python = new PythonExtension(this.client, context.workspaceState, log);
    this.terminals = new Terminals(this.client, context.environmentVariableCollection);
  }

  async start(): Promise<void> {
    try {
      await this.client.start();
    } catch (trouble) {
      this.log.error(`the server did not start: ${trouble}`);
      return;
    }
    const warn = (trouble: unknown) => this.log.warn(`the interpreter was not handed on: ${trouble}`);
    // Another extension that starts slowly, or does not, keeps nobody waiting.
    void this.python.start().catch(warn);
    void this.terminals.follow().catch(warn);
  }

  async stop(): Promise<void> {
    this.progress.endAll();
    this.status.dispose();
    this.python.dispose();
    this.terminals.dispose();
    if (this.client.state === State.Running) await this.client.stop().catch((trouble) => this.log.warn(`the server did not stop: ${trouble}`));
    await this.client.dispose().catch(() => undefined);
  }

  grantTrust(): void {
    void this.terminals.follow().catch(() => undefined);
    // A server that is only starting gets the answer with its options when it is started again; one that runs, now.
    if (this.client.state === State.Running) void this.client.sendNotification(didGrantTrust);
    else void this.client.start().then(() => this.client.sendNotification(didGrantTrust), () => undefined);
  }

  execute(command: string, argument: object | undefined): Promise<unknown> {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const here = uri?.scheme === "file" && command !== "envls.cancel" ? { uri: this.client.code2ProtocolConverter.asUri(uri) } : {};
    const parameters = command === "envls.runAction" ? argument : { ...here, ...argument };
    return this.client
      .sendRequest(ExecuteCommandRequest.type, { command, arguments: parameters === undefined ? [] : [parameters] })
      .catch((trouble: Error) => {
        void vscode.window.showErrorMessage(`\`${command}\` failed: ${trouble.message}`);
      });
  }

  private closed(): CloseHandlerResult {
    this.progress.endAll();
    const now = Date.now();
    this.crashes.push(now);
    while (this.crashes.length > 0 && now - this.crashes[0]! > CRASHES.within) this.crashes.shift();
    if (this.crashes.length < CRASHES.most) {
      return { action: CloseAction.Restart, message: "the server ended unasked and is started again", handled: true };
    }
    void offer(`The \`envls\` server ended ${CRASHES.most} times in three minutes and is not started again; the log says why.`, {
      "Restart": "envls.restart",
      "Show Log": "envls.showLog",
    });
    return { action: CloseAction.DoNotRestart, message: "the server ended too often and is not started again", handled: true };
  }
}

// The server speaks beyond the standard only to a client that says it understands.
const ANNOUNCE: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), envls: EXPERIMENTAL };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};

function settings(): object {
  const { path: _, trace: __, ...rest } = vscode.workspace.getConfiguration().get<Record<string, unknown>>("envls") ?? {};
  return rest;
}

async function offer(message: string, buttons: Record<string, string | (() => unknown)>): Promise<void> {
  const button = await vscode.window.showErrorMessage(message, ...Object.keys(buttons));
  const action = button === undefined ? undefined : buttons[button];
  if (typeof action === "string") await vscode.commands.executeCommand(action);
  else await action?.();
}

function sayNotRunning(log: vscode.LogOutputChannel): Promise<void> {
  log.warn("a command came while the server was not running");
  return offer("The `envls` server is not running; restart it, or see in the log why it ended.", { "Restart": "envls.restart", "Show Log": "envls.showLog" });
}

function sayNotFound(program?: Program): Promise<void> {
  const setting = () => vscode.commands.executeCommand("workbench.action.openSettings", "envls.path");
  const message = program
    ? `\`${program.path}\` of the setting \`envls.path\` is no program; correct the setting, or empty it.`
    : "The program `envls` is not on `PATH` and does not come with this build of the extension; install it, or name it in the setting `envls.path`.";
  return offer(message, { "Open Setting": setting, "Try Again": "envls.restart" });
}
