// Other Python servers in VS Code: behind `envls wrap`, or as their own extensions start them, with what the Python extension says.
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const { servers, way } = JSON.parse(process.env.ENVLS_E2E_NEIGHBOURS);
const documentSelector = [{ scheme: "file", language: "python" }];

exports.activate = async (context) => {
  for (const [name, words] of Object.entries(servers)) {
    const [command, ...args] = way === "wrap" ? ["envls", "wrap", "--", ...words] : words;
    const client = way === "wrap" ? new LanguageClient(name, name, { command, args }, { documentSelector }) : await follower(context, name, command, args);
    context.subscriptions.push({ dispose: () => client.stop() });
    await client.start();
  }
};

// basedpyright's and ty's own extensions fill the interpreter into the answers to `workspace/configuration`; then the one is told
// to ask again, and the other is started again.
async function follower(context, name, command, args) {
  const { environments } = await vscode.extensions.getExtension("ms-python.python").activate();
  const path = (item) => {
    const { id, path } = environments.getActiveEnvironmentPath(item.scopeUri && vscode.Uri.parse(item.scopeUri));
    return id === "DEFAULT_PYTHON" ? undefined : path;
  };
  const filled = (item, answer) => {
    const python = path(item);
    if (name === "basedpyright" && item.section === "python") return { ...answer, pythonPath: python };
    if (name === "ty" && item.section === "ty" && python) {
      const sysPrefix = require("node:path").dirname(require("node:path").dirname(python));
      return { ...answer, pythonExtension: { activeEnvironment: { executable: { sysPrefix } } } };
    }
    return answer;
  };
  const configuration = async (params, token, next) => (await next(params, token)).map((answer, at) => filled(params.items[at], answer));
  const client = new LanguageClient(name, name, { command, args }, { documentSelector, middleware: { workspace: { configuration } } });
  const changed = () => (name === "ty" ? client.restart() : client.sendNotification("workspace/didChangeConfiguration", { settings: null }));
  context.subscriptions.push(environments.onDidChangeActiveEnvironmentPath(() => void changed()));
  return client;
}
