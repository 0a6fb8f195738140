// New terminals have the environment of their folder in force, where no Python extension sees to that.
import * as path from "node:path";
import * as vscode from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { activeEnvironment, activeEnvironmentChanged, environmentVariables } from "./protocol";
import { isInstalled } from "./python";

export class Terminals implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly client: LanguageClient,
    private readonly variables: vscode.GlobalEnvironmentVariableCollection,
  ) {
    // They are found out anew each time, and stand for nothing without the server.
    variables.persistent = false;
    variables.clear();
    this.subscriptions = [client.onNotification(activeEnvironmentChanged, () => void this.follow()), vscode.extensions.onDidChange(() => void this.follow())];
  }

  async follow(): Promise<void> {
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const scoped = this.variables.getScoped({ workspaceFolder: folder });
      const uri = this.client.code2ProtocolConverter.asUri(folder.uri);
      const environment = this.client.state === State.Running ? await this.client.sendRequest(activeEnvironment, { uri }) : null;
      scoped.clear();
      // The first place on `PATH` is for nothing that came with a folder nobody trusts.
      if (isInstalled() || environment?.trusted !== true || !vscode.workspace.isTrusted) continue;
      const { set, prependPath, unset } = await this.client.sendRequest(environmentVariables, { uri });
      scoped.description = `Python of \`${environment.name ?? environment.prefix}\``;
      for (const name of unset) scoped.replace(name, "");
      for (const [name, value] of Object.entries(set)) scoped.replace(name, value);
      if (prependPath.length > 0) scoped.prepend("PATH", prependPath.join(path.delimiter) + path.delimiter);
    }
  }

  dispose(): void {
    for (const it of this.subscriptions) it.dispose();
    this.variables.clear();
  }
}
