// Finds the server: the setting, else PATH, else the program that came with the extension.
import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";

export interface Program {
  readonly path: string;
  readonly from: "the setting `envls.path`" | "`PATH`" | "this extension";
}

const NAME = process.platform === "win32" ? "envls.exe" : "envls";

export function findProgram(context: vscode.ExtensionContext): Program | undefined {
  const configured = vscode.workspace.getConfiguration("envls").get<string>("path")?.trim();
  // What the user wrote is taken as it is: a wrong path has to be seen, not to be passed over.
  if (configured) return { path: configured, from: "the setting `envls.path`" };
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    // A program of the opened folder itself is never started: opening a folder is no consent to run what is in it.
    if (!path.isAbsolute(folder) || folders.some((root) => isBelow(root, folder))) continue;
    const candidate = path.join(folder, NAME);
    if (isProgram(candidate)) return { path: candidate, from: "`PATH`" };
  }
  const bundled = context.asAbsolutePath(path.join("bundled", "bin", NAME));
  return isProgram(bundled) ? { path: bundled, from: "this extension" } : undefined;
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isBelow(root: string, folder: string): boolean {
  const relative = path.relative(root, folder);
  return relative === "" || (relative.split(path.sep)[0] !== ".." && !path.isAbsolute(relative));
}
