//! `completions` and `man`: both know each command.

use std::fs;
use std::process::Command;

use super::config::says;
use super::{Folder, finish, run};

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = run(&["--help"]).stdout;
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let names = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    // What a command does may go on in lines that are indented further.
    let names = names.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn a_shell_completes_commands_and_flags() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&["completions", shell]);
        says(&script, 0, &[]);
        for command in commands() {
            assert!(script.stdout.contains(&command), "{shell} does not know {command}");
        }
    }
    says(&run(&["completions", "tcsh"]), 2, &["possible values: bash, elvish, fish, powershell, zsh"]);
    let folder = Folder::new("completions");
    folder.file("schema-check.bash", run(&["completions", "bash"]).stdout);
    for (typed, found) in [("pro", "progress"), ("check --fail", "--fail-on"), ("check --fail-on war", "warning")] {
        let asks = format!(
            "source schema-check.bash; COMP_WORDS=(schema-check {typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
             _schema-check schema-check \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let bash = finish(Command::new("bash").args(["-c", &asks]).current_dir(&folder.0));
        assert_eq!(bash.stdout, format!("{found}\n"), "{typed}: {}", bash.stderr);
    }
}

#[test]
fn each_command_has_a_page_of_the_manual() {
    let folder = Folder::new("man");
    let pages = folder.0.join("man1");
    let written = run(&["man", "-o", pages.to_str().unwrap()]);
    let mut expected: Vec<String> = commands().iter().map(|command| format!("schema-check-{command}.1")).collect();
    says(&written, 0, &[&format!("wrote  {} pages to ", expected.len() + 1)]);
    expected.push("schema-check.1".to_owned());
    expected.sort();
    let mut found: Vec<String> =
        fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, expected);
    let check = fs::read_to_string(pages.join("schema-check-check.1")).unwrap();
    assert!(check.contains(".TH schema-check-check 1") && check.contains("\\-\\-fail\\-on"), "{check}");
    // What is there of an older release is replaced.
    fs::write(pages.join("schema-check.1"), "old").unwrap();
    says(&run(&["man", "-o", pages.to_str().unwrap()]), 0, &["wrote  "]);
    assert_eq!(fs::read_to_string(pages.join("schema-check.1")).unwrap(), run(&["man"]).stdout);
    says(&run(&["man", "-o", pages.join("schema-check.1").to_str().unwrap()]), 3, &["cannot be written"]);
}
