// A stand-in for the Python Environments extension, in the shapes of its published types (`@vscode/python-environments`). Like the
// real one it takes only what it knows, and tells of it afterwards.
const vscode = require("vscode");

let chosen;
const calls = [];
const changed = new vscode.EventEmitter();
const environment = (uri) => ({ environmentPath: uri, execInfo: { run: { executable: uri.fsPath } } });

exports.activate = () => ({
  calls,
  resolveEnvironment: async (uri) => environment(uri),
  async setEnvironment(uri, found) {
    const old = chosen;
    chosen = found;
    calls.push(found.execInfo.run.executable);
    setTimeout(() => changed.fire({ uri, old, new: found }), 50);
  },
  getEnvironment: async () => chosen,
  onDidChangeEnvironment: changed.event,
});
