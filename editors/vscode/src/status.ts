// The language status: which interpreter the file in focus gets, how its project is, and the server's version.
import * as vscode from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { activeEnvironment, activeEnvironmentChanged, type Environment, type Status, statusChanged } from "./protocol";

const SEVERITY = {
  ok: vscode.LanguageStatusSeverity.Information,
  warning: vscode.LanguageStatusSeverity.Warning,
  error: vscode.LanguageStatusSeverity.Error,
};

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.LanguageStatusItem;
  private readonly byFolder = new Map<string, Status>();
  private asked = 0;

  constructor(
    private readonly client: LanguageClient,
    selector: vscode.DocumentSelector,
  ) {
    this.item = vscode.languages.createLanguageStatusItem("envls.status", selector);
    this.item.name = "envls";
    this.item.command = { command: "envls.explain", title: "Explain", tooltip: "Explain which interpreter is used, and why" };
    client.onNotification(statusChanged, (status) => {
      this.byFolder.set(status.workspaceFolder ?? "", status);
      void this.show();
    });
    client.onNotification(activeEnvironmentChanged, () => void this.show());
    client.onDidChangeState(({ newState }) => {
      if (newState !== State.Running) this.byFolder.clear();
      void this.show();
    });
    void this.show();
  }

  async show(): Promise<void> {
    if (this.client.state !== State.Running) {
      const starting = this.client.state === State.Starting;
      this.write(starting ? "Starting" : "Not running", starting ? "envls" : "`envls` is not running", starting ? "ok" : "error", starting);
      return;
    }
    const turn = ++this.asked;
    const uri = vscode.window.activeTextEditor?.document.uri;
    const status = this.statusOf(uri);
    const environment = uri?.scheme === "file" ? await this.environmentOf(uri) : null;
    // Another file may have come into focus while the server was asked.
    if (turn !== this.asked) return;
    const version = this.client.initializeResult?.serverInfo?.version;
    const server = version ? `envls ${version}` : "envls";
    this.write(describe(environment), server, status?.health ?? "ok", status?.quiescent === false);
  }

  dispose(): void {
    this.item.dispose();
  }

  private write(text: string, detail: string, health: Status["health"], busy: boolean): void {
    this.item.text = text;
    this.item.detail = detail;
    this.item.severity = SEVERITY[health];
    this.item.busy = busy;
  }

  statusOf(uri: vscode.Uri | undefined): Status | undefined {
    const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
    if (folder) {
      const [asAddress, asPath] = [folder.uri.toString(), folder.uri.fsPath];
      const own = this.byFolder.get(this.client.code2ProtocolConverter.asUri(folder.uri)) ?? this.byFolder.get(asAddress) ?? this.byFolder.get(asPath);
      if (own) return own;
    }
    return this.byFolder.get("") ?? (this.byFolder.size === 1 ? [...this.byFolder.values()][0] : undefined);
  }

  async environmentOf(uri: vscode.Uri): Promise<Environment | null> {
    try {
      return await this.client.sendRequest(activeEnvironment, { uri: this.client.code2ProtocolConverter.asUri(uri) });
    } catch {
      // A server that stops in the middle of a question has no environment to name; its state is shown by itself.
      return null;
    }
  }
}

export function describe(environment: Environment | null): string {
  if (!environment) return "No environment";
  const version = environment.version ? `Python ${environment.version}` : "Python";
  return environment.name ? `${version} (${environment.name})` : version;
}
