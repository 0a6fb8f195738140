// Runs inside VS Code's extension host and does what the test asks through a socket, one line of JSON each way.
const net = require("node:net");
const vscode = require("vscode");

const EXTENSION = "envls.envls";
let offered = [];

const codeOf = (finding) => (typeof finding.code === "object" && finding.code !== null ? String(finding.code.value) : String(finding.code));
const folder = () => vscode.workspace.workspaceFolders[0].uri;
const uriOf = (file) => vscode.Uri.joinPath(folder(), file);

const verbs = {
  state: () => ({
    active: vscode.extensions.getExtension(EXTENSION)?.isActive === true,
    trusted: vscode.workspace.isTrusted,
    version: vscode.version,
    status: vscode.extensions.getExtension(EXTENSION)?.exports?.status?.() ?? null,
  }),
  async open({ file }) {
    // Opening activates it anyway; asking for it tells why, if that failed.
    await vscode.extensions.getExtension(EXTENSION).activate();
    // A preview would give way to the next file, and its document be closed.
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uriOf(file)), { preview: false });
  },
  findings: () =>
    vscode.languages.getDiagnostics().flatMap(([uri, findings]) =>
      findings.map((finding) => ({
        code: codeOf(finding),
        message: finding.message,
        path: vscode.workspace.asRelativePath(uri, false),
        link: typeof finding.code === "object" && finding.code !== null ? String(finding.code.target) : null,
      })),
    ),
  async offers({ file, code }) {
    const finding = vscode.languages.getDiagnostics(uriOf(file)).find((found) => codeOf(found) === code);
    offered = finding ? await vscode.commands.executeCommand("vscode.executeCodeActionProvider", uriOf(file), finding.range, "quickfix") : [];
    return offered.map((action) => action.title);
  },
  take({ place }) {
    const { command } = offered[place];
    // Not awaited: the server may ask something before it answers.
    void vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
  },
  async command({ name, words }) {
    await vscode.commands.executeCommand(name, ...(words ?? []));
  },
  launch({ name }) {
    // Not awaited, as a person would not.
    void vscode.commands.executeCommand(name);
  },
  async python() {
    const { calls, environments } = vscode.extensions.getExtension("ms-python.python").exports;
    const newer = vscode.extensions.getExtension("ms-python.vscode-python-envs")?.exports;
    return { calls, path: environments.getActiveEnvironmentPath(folder()).path, newer: newer?.calls ?? null };
  },
  terminal({ text }) {
    const terminal = vscode.window.createTerminal({ cwd: folder() });
    terminal.sendText(text);
  },
  async environment({ file }) {
    return (await vscode.extensions.getExtension(EXTENSION)?.exports?.activeEnvironment?.(uriOf(file))) ?? null;
  },
};

exports.run = () =>
  new Promise((resolve, reject) => {
    const socket = net.connect(process.env.ENVLS_E2E_SOCKET);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("error", reject);
    socket.on("close", resolve);
    socket.on("data", async (piece) => {
      text += piece;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const { verb, ...rest } = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        try {
          socket.write(JSON.stringify({ value: (await verbs[verb](rest)) ?? null }) + "\n");
        } catch (trouble) {
          socket.write(JSON.stringify({ trouble: String(trouble?.stack ?? trouble) }) + "\n");
        }
      }
    });
  });
