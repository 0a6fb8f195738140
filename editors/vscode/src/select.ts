// The list from which the user chooses an interpreter: each with what it is, and why it could be the one.
import { homedir } from "node:os";
import { sep } from "node:path";
import * as vscode from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { type Environment, environments, type Environments, setActiveEnvironment } from "./protocol";

interface Item extends vscode.QuickPickItem {
  /** The interpreter; null lets envls choose again, undefined is nothing to choose. */
  readonly path?: string | null;
}

// The machine's environments are looked for only once somebody asks, so the first answers lack them.
const PAUSE = 200;
const TRIES = 150;

export async function select(client: LanguageClient, uri: vscode.Uri, chosenHere: (python: string | null) => Promise<void>): Promise<void> {
  if (client.state !== State.Running) return;
  const address = client.code2ProtocolConverter.asUri(uri);
  const picker = vscode.window.createQuickPick<Item>();
  picker.title = "Python interpreter";
  picker.placeholder = "Choose for the project of this file; the choice is kept outside of it";
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.busy = true;
  const chosen = new Promise<Item | undefined>((resolve) => {
    picker.onDidAccept(() => resolve(picker.selectedItems[0]));
    picker.onDidHide(() => resolve(undefined));
  });
  let open = true;
  void chosen.then(() => (open = false));
  picker.show();
  void (async () => {
    for (let tried = 0; open && tried < TRIES; tried++) {
      const answer = await client.sendRequest(environments, { uri: address });
      picker.items = items(answer);
      if (answer.settled) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    picker.busy = false;
  })().catch(() => (picker.busy = false));
  const item = await chosen;
  picker.dispose();
  if (item?.path === undefined) return;
  await setActive(client, address, item.path);
  await chosenHere(item.path);
}

/** Has envls choose again, in place of what the user chose. */
export function clear(client: LanguageClient, uri: vscode.Uri): Promise<void> {
  return setActive(client, client.code2ProtocolConverter.asUri(uri), null);
}

async function setActive(client: LanguageClient, uri: string, path: string | null): Promise<void> {
  const { problems } = await client.sendRequest(setActiveEnvironment, { uri, path, origin: "user" });
  const first = problems[0];
  if (first) void vscode.window.showWarningMessage(`What you chose has a problem: ${first.message}`);
}

export function items({ active, because, environments: all }: Environments): Item[] {
  const offered = all.filter((it) => it.offered && it.python !== null);
  const bases = offered.filter((it) => isBase(it));
  const made = offered.filter((it) => !isBase(it));
  const mine = made.filter((it) => it.prefix === active?.prefix);
  const others = made.filter((it) => it.prefix !== active?.prefix);
  const reasons = because.map((it) => it.what).join("; ");
  return [
    ...mine.map((it) => item(it, `in use: ${reasons}`)),
    { label: "$(discard) Let envls choose", detail: "Forget what was chosen here before", path: null },
    ...section("Environments", others.map((it) => item(it))),
    ...section("This machine's interpreters", bases.map((it) => item(it))),
  ];
}

// An interpreter that environments are made from has no base of its own, and belongs to nobody.
function isBase(environment: Environment): boolean {
  return environment.base === null && environment.manager === null && environment.project === null && environment.name === null;
}

function section(label: string, items: Item[]): Item[] {
  return items.length > 0 ? [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items] : [];
}

function item(environment: Environment, why?: string): Item {
  const { version, name, kind, manager, health, problems, prefix, python } = environment;
  const by = manager && manager !== kind ? `${kind} by ${manager}` : kind;
  const label = `Python ${version ?? "of unknown version"}${name ? ` (${name})` : ""}`;
  const reason = why ?? environment.because.map((it) => it.what).join("; ");
  const detail = health === "ok" ? reason : `${health}: ${problems.map((it) => it.message).join("; ")}`;
  const place = short(vscode.workspace.asRelativePath(isBase(environment) ? python! : prefix));
  return { label, description: `${by} · ${place}`, detail: short(detail), path: python };
}

// What begins in the home folder is written as in a shell, so that what tells two apart is still seen.
function short(text: string): string {
  return text.replaceAll(homedir() + sep, `~${sep}`);
}
