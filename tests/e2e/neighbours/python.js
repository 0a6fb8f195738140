// A stand-in for the Python extension, which is in no package registry: the part of its API that others use, in the shapes of its
// published types (`@vscode/python-extension`). Like the real one it keeps a path for each folder, and tells of it afterwards.
const vscode = require("vscode");

const chosen = new Map();
const changed = new vscode.EventEmitter();
const calls = [];

const folderOf = (resource) => vscode.workspace.getWorkspaceFolder(resource?.uri ?? resource ?? vscode.workspace.workspaceFolders[0].uri);
const pathOf = (environment) => (typeof environment === "string" ? environment : environment.path);

exports.activate = () => ({
  calls,
  environments: {
    known: [],
    refreshEnvironments: async () => undefined,
    getActiveEnvironmentPath(resource) {
      const path = chosen.get(folderOf(resource)?.uri.toString());
      return path ? { id: path, path } : { id: "DEFAULT_PYTHON", path: "python" };
    },
    async updateActiveEnvironmentPath(environment, resource) {
      const folder = folderOf(resource);
      if (!folder) throw new Error("no workspace is opened");
      const path = pathOf(environment);
      calls.push(path);
      chosen.set(folder.uri.toString(), path);
      setTimeout(() => changed.fire({ id: path, path, resource: folder }), 50);
    },
    onDidChangeActiveEnvironmentPath: changed.event,
    async resolveEnvironment(environment) {
      if (!vscode.workspace.isTrusted) throw new Error("the workspace is not trusted");
      const path = pathOf(environment);
      return { id: path, path, executable: { uri: vscode.Uri.file(path) } };
    },
  },
});
