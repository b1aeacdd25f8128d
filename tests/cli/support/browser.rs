//! A browser without a window, told by the DevTools protocol what to show and asked how that looks. The page is the very
//! file: what is measured is told to the browser and not to the page, whose policy allows no scripts.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// Debian's package of the smallest one.
const PROGRAMS: [&str; 4] = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
];

/// A browser with one page.
pub struct Browser {
    child: Child,
    told: ChildStdin,
    tells: BufReader<ChildStdout>,
    session: Option<String>,
    number: u64,
    /// What the page was refused, or complained about.
    pub complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one; nothing where there is none, which is said.
    pub fn start() -> Option<Self> {
        let is_there = |program: &&&str| {
            let tried = Command::new(program).arg("--version").output();
            tried.is_ok_and(|output| output.status.success())
        };
        let Some(program) = PROGRAMS.iter().find(is_there) else {
            mapisweep_outside::skip(
                "how a report looks in a browser",
                "Debian's chromium-headless-shell is not installed",
            );
            return None;
        };
        let profile = tempfile::tempdir().expect("a directory");
        // it is told at descriptor 3, and tells at 4; a root's browser has no sandbox
        let mut child = Command::new("sh")
            .args([
                "-c",
                r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#,
                program,
            ])
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the browser starts");
        let told = child.stdin.take().expect("piped");
        let tells = BufReader::new(child.stdout.take().expect("piped"));
        let mut browser = Self {
            child,
            told,
            tells,
            session: None,
            number: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        let page = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let page = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.ask("Target.attachToTarget", page);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Log", "Network", "Runtime"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Shows a file, in so many pixels, to somebody who likes it `light` or `dark`.
    pub fn show(&mut self, file: &Path, width: u32, scheme: &str) {
        let metrics =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500 });
        self.ask("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.ask(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        );
        let url = format!("file://{}", file.display());
        self.ask("Page.navigate", json!({ "url": url }));
        self.wait_for("Page.loadEventFired");
    }

    /// What an expression is on the page.
    pub fn says(&mut self, expression: &str) -> Value {
        let question = json!({ "expression": expression, "returnByValue": true });
        let answer = self.ask("Runtime.evaluate", question);
        assert!(answer.get("exceptionDetails").is_none(), "{answer:#}");
        answer["result"]["value"].clone()
    }

    /// A picture of all of it.
    pub fn picture(&mut self) -> Vec<u8> {
        let whole = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.ask("Page.captureScreenshot", whole);
        let data = picture["data"].as_str().expect("a picture");
        BASE64_STANDARD.decode(data).expect("a picture")
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.clone().into();
        }
        let mut message = message.to_string().into_bytes();
        message.push(0);
        self.told.write_all(&message).expect("the browser listens");
        loop {
            let mut told = self.next();
            if told["id"] == self.number {
                assert!(told.get("error").is_none(), "{method}: {told:#}");
                return told["result"].take();
            }
        }
    }

    fn wait_for(&mut self, event: &str) {
        while self.next()["method"] != event {}
    }

    fn next(&mut self) -> Value {
        let mut message = Vec::new();
        self.tells
            .read_until(0, &mut message)
            .expect("the browser tells");
        assert_eq!(message.pop(), Some(0), "the browser ended");
        let told: Value = serde_json::from_slice(&message).expect("JSON");
        let url = told["params"]["request"]["url"]
            .as_str()
            .unwrap_or_default();
        match told["method"].as_str() {
            Some("Log.entryAdded" | "Runtime.exceptionThrown" | "Runtime.consoleAPICalled") => {
                self.complaints.push(told["params"].to_string());
            }
            Some("Network.requestWillBeSent") if !url.starts_with("file:") => {
                self.complaints.push(format!("asks for {url}"));
            }
            _ => {}
        }
        told
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // it may have ended by itself
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
