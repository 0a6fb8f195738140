// Shows work that can be cancelled as a notification with a button; the client library shows all work in the status bar,
// where there is none.
import * as vscode from "vscode";
import type { ProgressToken, WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport } from "vscode-languageclient/node";

type Value = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

interface Work {
  report(value: WorkDoneProgressReport): void;
  end(): void;
}

export class Progress {
  private readonly running = new Map<ProgressToken, Work>();

  constructor(private readonly cancel: (token: ProgressToken) => void) {}

  handle(token: ProgressToken, value: Value, otherwise: (token: ProgressToken, value: Value) => void): void {
    if (value.kind === "begin" && value.cancellable) {
      this.begin(token, value);
      return;
    }
    const work = this.running.get(token);
    if (!work) {
      otherwise(token, value);
    } else if (value.kind === "report") {
      work.report(value);
    } else if (value.kind === "end") {
      work.end();
    }
  }

  // A server that died will never say that its work has ended.
  endAll(): void {
    for (const work of [...this.running.values()]) work.end();
  }

  private begin(token: ProgressToken, value: WorkDoneProgressBegin): void {
    let reached = 0;
    let show: vscode.Progress<{ message?: string; increment?: number }> | undefined;
    let ended!: () => void;
    const end = new Promise<void>((resolve) => (ended = resolve));
    const report = (next: { message?: string; percentage?: number }) => {
      const increment = next.percentage === undefined ? 0 : Math.max(0, next.percentage - reached);
      reached += increment;
      show?.report({ ...(next.message === undefined ? {} : { message: next.message }), ...(increment ? { increment } : {}) });
    };
    this.running.set(token, {
      report,
      end: () => {
        this.running.delete(token);
        ended();
      },
    });
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, cancellable: true, title: value.title },
      (progress, cancellation) => {
        show = progress;
        cancellation.onCancellationRequested(() => this.cancel(token));
        report(value);
        return end;
      },
    );
  }
}
