//! The README's promises that a machine can check.

use mapisweep::Exit;
use mapisweep_core::config::Config;
use mapisweep_core::helper_run::HelperExe;

const README: &str = include_str!("../README.md");

#[test]
fn the_example_configuration_is_valid() {
    let (_, rest) = README.split_once("```toml\n").expect("a toml block");
    let (example, _) = rest.split_once("```").expect("the end of the block");
    let config: Config = toml::from_str(example).expect("valid configuration");
    assert!(config.profiles.contains_key("default"));
    assert!(!config.protect.is_empty());
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let mut documented: Vec<u8> = README
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    documented.sort_unstable();
    use Exit::*;
    let all = [
        Done,
        Failed,
        Usage,
        NothingMatched,
        Refused,
        Incomplete,
        LeftBehind,
        Declined,
        Interrupted,
    ];
    assert_eq!(documented, all.map(|exit| exit as u8));
}

#[test]
fn the_helper_is_the_one_described() {
    let exe = HelperExe::embedded();
    let size = format!("{} bytes", exe.bytes().len());
    for fact in [exe.sha256(), &size] {
        assert!(README.contains(fact), "{fact}");
    }
}

#[test]
fn the_plan_for_many_is_what_the_program_printed() {
    const PRINTED: &str = include_str!(
        "../src/cli/render/snapshots/mapisweep__cli__render__tests__a_plan_for_many.snap"
    );
    let (_, printed) = PRINTED.rsplit_once("---\n").expect("a snapshot");
    assert!(README.contains(printed), "{printed}");
}

#[test]
fn what_it_shows_of_a_dag_is_what_the_program_printed() {
    const PRINTED: &str =
        include_str!("cli/snapshots/cli__dag__all_of_it_is_told_by_one_member.snap");
    let (_, printed) = PRINTED.rsplit_once("---\n").expect("a snapshot");
    assert!(README.contains(printed), "{printed}");
}
