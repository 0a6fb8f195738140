// What envls says beyond the standard protocol; the shapes are those of its contract.
import { NotificationType, NotificationType0, RequestType } from "vscode-languageclient/node";

export interface Environment {
  readonly python: string | null;
  readonly prefix: string;
  readonly version: string | null;
  readonly kind: string;
  readonly manager: string | null;
  readonly project: string | null;
  readonly base: string | null;
  readonly name: string | null;
  readonly offered: boolean;
  readonly health: "ok" | "broken" | "stale" | "unsatisfied" | "orphan" | "no-python";
  readonly problems: readonly Problem[];
  readonly because: readonly Evidence[];
  /** Of the one that a file gets: whether nothing of a folder that is not trusted would be started with it. */
  readonly trusted?: boolean;
}

export interface Variables {
  readonly set: Readonly<Record<string, string>>;
  readonly prependPath: readonly string[];
  readonly unset: readonly string[];
}

export interface Problem {
  readonly code: string;
  readonly message: string;
}

export interface Evidence {
  readonly what: string;
}

export interface Environments {
  readonly active: Environment | null;
  readonly because: readonly Evidence[];
  readonly environments: readonly Environment[];
  /** Whether nothing is left to be found out. */
  readonly settled: boolean;
}

export interface Status {
  readonly health: "ok" | "warning" | "error";
  readonly quiescent: boolean;
  readonly message: string | null;
  readonly workspaceFolder: string | null;
}

export const EXPERIMENTAL = {
  status: true,
  activeEnvironment: true,
  activeEnvironmentChanged: true,
};

export const statusChanged = new NotificationType<Status>("envls/status");
export const activeEnvironmentChanged = new NotificationType<{ readonly workspaceFolder: string | null }>("envls/activeEnvironmentChanged");
export const didGrantTrust = new NotificationType0("envls/didGrantTrust");
export const environments = new RequestType<{ uri: string }, Environments, void>("envls/environments");
export const setActiveEnvironment = new RequestType<
  { uri: string; path: string | null; origin: string },
  { environment: Environment | null; problems: readonly Problem[] },
  void
>("envls/setActiveEnvironment");
export const activeEnvironment = new RequestType<{ uri: string }, Environment | null, void>("envls/activeEnvironment");
export const environmentVariables = new RequestType<{ uri: string }, Variables, void>("envls/environmentVariables");
