// Works with the Python extension, where there is one, so that both say the same: what the user chose there is taken over, and what
// envls finds is handed to it, from where the other extensions, the debugger and the tests have it. No setting is written.
import * as path from "node:path";
import * as vscode from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { activeEnvironment, activeEnvironmentChanged, type Environment, setActiveEnvironment } from "./protocol";

// What we use of the two public interfaces (npm: `@vscode/python-extension`, `@vscode/python-environments`). Neither is needed.
interface Python {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly id: string; readonly path: string };
    updateActiveEnvironmentPath(path: string, resource?: vscode.Uri): Promise<void>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<{ readonly id: string; readonly path: string; readonly resource?: vscode.Uri | vscode.WorkspaceFolder }>;
  };
}
interface Found {
  readonly environmentPath: vscode.Uri;
  readonly execInfo?: { readonly run: { readonly executable: string } };
}
interface Environments {
  resolveEnvironment(context: vscode.Uri): Promise<Found | undefined>;
  setEnvironment(scope: vscode.Uri, environment: Found): Promise<void>;
  getEnvironment(scope: vscode.Uri): Promise<Found | undefined>;
  readonly onDidChangeEnvironment: vscode.Event<{ readonly uri?: vscode.Uri; readonly new?: Found }>;
}

const PYTHON = "ms-python.python";
const ENVIRONMENTS = "ms-python.vscode-python-envs";
/** The id of what nobody chose. */
const DEFAULT = "DEFAULT_PYTHON";

export function isInstalled(): boolean {
  return vscode.extensions.getExtension(PYTHON) !== undefined;
}

export class PythonExtension implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private python: Python | undefined;
  private environments: Environments | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: LanguageClient,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async start(): Promise<void> {
    this.environments = await this.interfaceOf<Environments>(ENVIRONMENTS, "setEnvironment");
    this.python = await this.interfaceOf<Python>(PYTHON, "environments");
    if (this.environments) {
      this.subscriptions.push(
        this.environments.onDidChangeEnvironment(({ uri, new: chosen }) => {
          const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
          const python = chosen?.execInfo?.run.executable;
          if (folder && python) void this.chosenThere(folder, python);
        }),
      );
    }
    if (!this.python) return;
    this.subscriptions.push(
      this.python.environments.onDidChangeActiveEnvironmentPath(({ id, path: python, resource }) => {
        const uri = resource instanceof vscode.Uri ? resource : resource?.uri;
        const folder = uri ? vscode.workspace.getWorkspaceFolder(uri) : vscode.workspace.workspaceFolders?.[0];
        if (folder) void this.chosenThere(folder, id === DEFAULT ? null : python);
      }),
      this.client.onNotification(activeEnvironmentChanged, ({ workspaceFolder }) => void this.follow(workspaceFolder)),
    );
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const { id, path: python } = this.python.environments.getActiveEnvironmentPath(folder.uri);
      // What was chosen there before we came, and not by us, is the user's.
      if (id !== DEFAULT && python !== this.handed(folder)) await this.chosenThere(folder, python);
    }
    await this.follow(null);
  }

  dispose(): void {
    for (const it of this.subscriptions) it.dispose();
  }

  /** The user chose it in our list: the others get it whatever they have. */
  async chosenHere(uri: vscode.Uri, python: string | null): Promise<void> {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    if (!folder || !python || !vscode.workspace.isTrusted) return;
    // Noted first: the others' news of it is then known for our own doing.
    await this.memory.update(key(folder), python);
    if (this.environments) {
      const found = await this.environments.resolveEnvironment(vscode.Uri.file(python));
      if (found) await this.environments.setEnvironment(folder.uri, found);
      // Without the manager of an environment it only logs, so the answer is what counts.
      const now = (await this.environments.getEnvironment(folder.uri))?.execInfo?.run.executable;
      this.log.info(now === python ? `the Python Environments extension has \`${python}\` too` : `the Python Environments extension stays with \`${now}\``);
    }
    if (this.python) await this.set(folder, python);
  }

  // One after the other: what was just handed over is known to the next.
  private follow(workspaceFolder: string | null): Promise<void> {
    this.turn = this.turn.then(() => this.handAll(workspaceFolder)).catch((trouble) => this.log.warn(`the interpreter was not handed on: ${trouble}`));
    return this.turn;
  }

  private async handAll(workspaceFolder: string | null): Promise<void> {
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const address = this.client.code2ProtocolConverter.asUri(folder.uri);
      if (workspaceFolder === null || workspaceFolder === address) await this.hand(folder, await this.active(folder.uri));
    }
  }

  /** What envls found, where nobody chose otherwise there. */
  private async hand(folder: vscode.WorkspaceFolder, environment: Environment | null): Promise<void> {
    if (!this.python || !environment?.python || environment.trusted !== true || environment.health === "broken" || !vscode.workspace.isTrusted) return;
    const { id, path: theirs } = this.python.environments.getActiveEnvironmentPath(folder.uri);
    if (id !== DEFAULT && isOf(environment, theirs)) return;
    if (id !== DEFAULT && theirs !== this.handed(folder)) {
      this.log.info(`the Python extension keeps \`${theirs}\`, which was chosen there; envls has \`${environment.python}\``);
      return;
    }
    // With the newer extension, choosing for a folder may write a setting: that is left to the user.
    if (!this.environments) await this.set(folder, environment.python);
  }

  private async set(folder: vscode.WorkspaceFolder, python: string): Promise<void> {
    const environments = this.python!.environments;
    if (environments.getActiveEnvironmentPath(folder.uri).path === python) return;
    // Noted before: its news of it, which comes later, is then known for our own doing.
    await this.memory.update(key(folder), python);
    try {
      await environments.updateActiveEnvironmentPath(python, folder.uri);
    } catch (trouble) {
      this.log.warn(`the Python extension did not take \`${python}\`: ${trouble}`);
      return;
    }
    const now = environments.getActiveEnvironmentPath(folder.uri).path;
    if (now === python) this.log.info(`the Python extension has \`${python}\` too`);
    else this.log.warn(`the Python extension was given \`${python}\` and has \`${now}\``);
  }

  /** The user chose it with the other extension, or had that choose again. */
  private async chosenThere(folder: vscode.WorkspaceFolder, python: string | null): Promise<void> {
    if (python !== null && python === this.handed(folder)) return;
    if (this.client.state !== State.Running) return;
    const active = await this.active(folder.uri);
    if (python !== null && active && isOf(active, python)) return;
    if (python !== null && !path.isAbsolute(python)) return;
    await this.memory.update(key(folder), undefined);
    const uri = this.client.code2ProtocolConverter.asUri(folder.uri);
    this.log.info(python === null ? "the Python extension chooses by itself again" : `the user chose \`${python}\` in the Python extension`);
    const { problems } = await this.client.sendRequest(setActiveEnvironment, { uri, path: python, origin: "ms-python" });
    for (const { message } of problems) this.log.warn(`what was chosen in the Python extension has a problem: ${message}`);
  }

  private async active(uri: vscode.Uri): Promise<Environment | null> {
    if (this.client.state !== State.Running) return null;
    return this.client.sendRequest(activeEnvironment, { uri: this.client.code2ProtocolConverter.asUri(uri) }).catch(() => null);
  }

  private handed(folder: vscode.WorkspaceFolder): string | undefined {
    return this.memory.get(key(folder));
  }

  private async interfaceOf<Interface extends object>(id: string, member: string): Promise<Interface | undefined> {
    try {
      const offered: unknown = await vscode.extensions.getExtension(id)?.activate();
      return typeof offered === "object" && offered !== null && member in offered ? (offered as Interface) : undefined;
    } catch (trouble) {
      this.log.warn(`\`${id}\` did not start, so it is not told of interpreters: ${trouble}`);
      return undefined;
    }
  }
}

function key(folder: vscode.WorkspaceFolder): string {
  return `handed:${folder.uri.toString()}`;
}

// A path of theirs may be another name of the interpreter, or the folder of the environment.
function isOf(environment: Environment, theirs: string): boolean {
  return environment.python === theirs || environment.prefix === theirs || path.dirname(path.dirname(theirs)) === environment.prefix;
}
