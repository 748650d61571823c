//! Questions to a person: approval, and the values of variables.
//! Knows nothing of plans.

use std::io::{self, BufRead as _};

use super::hidden;
use super::terminal::Terminal;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Standard input ended.
    #[error("EOF")]
    Ended,
    /// It could not be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
}

/// Asks and returns the line that is typed, without blanks around it. `question` is a heading, `explanation` follows indented.
pub fn ask(terminal: &Terminal, question: &str, explanation: &str) -> Result<String, NoAnswer> {
    put(terminal, question, explanation);
    answer()
}

/// The same for a secret: what is typed is not seen.
pub fn ask_secret(terminal: &Terminal, question: &str, explanation: &str) -> Result<String, NoAnswer> {
    put(terminal, question, explanation);
    let answer = hidden::line();
    // The key that ends the line was not seen either.
    terminal.out("\n");
    answer
}

fn put(terminal: &Terminal, question: &str, explanation: &str) {
    let bold =
        |text: &str| if terminal.out_color() { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() };
    let explanation: String = explanation.lines().map(|line| format!("  {line}\n")).collect();
    terminal.out(&format!("{}\n{explanation}\n  {}", bold(question), bold("Enter a value: ")));
}

/// The next line that is typed, without blanks around it, to a question that was printed already.
pub fn answer() -> Result<String, NoAnswer> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    match read? {
        0 => Err(NoAnswer::Ended),
        _ => Ok(line.trim().to_owned()),
    }
}
