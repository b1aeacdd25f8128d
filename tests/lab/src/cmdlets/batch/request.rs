//! A question as the script takes it.

use mapisweep_winrm::psrp::clixml::Value;

/// A cmdlet to be run, and what that depends on.
pub(super) struct Request {
    pub cmdlet: String,
    parameters: Vec<(String, Value)>,
    /// Parameters that get the computer's name.
    here: Vec<String>,
    pub columns: Vec<String>,
    /// Places of other questions in the batch.
    needs: Vec<usize>,
    unless: Vec<usize>,
}

impl Request {
    /// A list of them, or one alone, which PowerShell makes a list of; `None` if anything is not as mapisweep writes it.
    pub fn read_all(requests: &Value) -> Option<Vec<Self>> {
        let alone = std::slice::from_ref(requests);
        let requests = requests.as_list().unwrap_or(alone);
        requests.iter().map(Self::read).collect()
    }

    fn read(request: &Value) -> Option<Self> {
        let given = entry(request, "Parameters")?.as_dictionary()?;
        let given = given
            .iter()
            .map(|(name, value)| Some((name.as_str()?.to_owned(), value.clone())));
        Some(Self {
            cmdlet: entry(request, "Cmdlet")?.as_str()?.to_owned(),
            parameters: given.collect::<Option<_>>()?,
            here: texts(entry(request, "Here")?)?,
            columns: texts(entry(request, "Columns")?)?,
            needs: numbers(entry(request, "Needs")?)?,
            unless: numbers(entry(request, "Unless")?)?,
        })
    }

    /// Whether it is asked at all, after those that have succeeded or not.
    pub fn is_asked(&self, succeeded: &[bool]) -> bool {
        let any = |numbers: &[usize]| {
            let mut numbers = numbers.iter();
            numbers.any(|&number| succeeded.get(number) == Some(&true))
        };
        (self.needs.is_empty() || any(&self.needs)) && !any(&self.unless)
    }

    /// Its parameters on a computer of this name.
    pub fn parameters(&self, computer_name: &str) -> Vec<(String, Value)> {
        let here = self.here.iter();
        let here = here.map(|name| (name.clone(), Value::from(computer_name)));
        self.parameters.iter().cloned().chain(here).collect()
    }
}

fn entry<'v>(dictionary: &'v Value, name: &str) -> Option<&'v Value> {
    let mut entries = dictionary.as_dictionary()?.iter();
    let is_it = |key: &Value| {
        key.as_str()
            .is_some_and(|key| key.eq_ignore_ascii_case(name))
    };
    entries.find_map(|(key, value)| is_it(key).then_some(value))
}

fn texts(list: &Value) -> Option<Vec<String>> {
    let text = |item: &Value| item.as_str().map(str::to_owned);
    list.as_list()?.iter().map(text).collect()
}

fn numbers(list: &Value) -> Option<Vec<usize>> {
    let number = |item: &Value| item.as_i64()?.try_into().ok();
    list.as_list()?.iter().map(number).collect()
}
