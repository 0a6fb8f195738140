//! The server alone, on standard input and output.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let code = envls_lsp::serve(envls_lsp::Options::standard())?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(2)))
}
