//! How a pool or a pipeline is doing.

use super::{Error, properties};
use crate::psrp::clixml::Value;

macro_rules! states {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $state_doc:literal])+ $state:ident = $number:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[doc = $state_doc])+ $state,)+
            /// A number that the specification does not know.
            Unknown(i64),
        }

        impl $name {
            fn number(self) -> i64 {
                match self {
                    $(Self::$state => $number,)+
                    Self::Unknown(number) => number,
                }
            }

            fn from_number(number: i64) -> Self {
                match number {
                    $($number => Self::$state,)+
                    other => Self::Unknown(other),
                }
            }
        }
    };
}

states! {
    /// RunspacePoolState (\[MS-PSRP\] 2.2.3.4).
    RunspacePoolState {
        /// Made, not opened.
        BeforeOpen = 0,
        /// Being opened.
        Opening = 1,
        /// Ready for pipelines.
        Opened = 2,
        /// Closed.
        Closed = 3,
        /// Being closed.
        Closing = 4,
        /// Unusable.
        Broken = 5,
        /// The negotiation has begun.
        NegotiationSent = 6,
        /// The negotiation succeeded.
        NegotiationSucceeded = 7,
        /// Being connected.
        Connecting = 8,
        /// Disconnected.
        Disconnected = 9,
    }
}

states! {
    /// PSInvocationState (\[MS-PSRP\] 2.2.3.5).
    PipelineState {
        /// Not begun.
        NotStarted = 0,
        /// Under way.
        Running = 1,
        /// Being stopped.
        Stopping = 2,
        /// Stopped on request.
        Stopped = 3,
        /// Came to its end, whatever error records it wrote.
        Completed = 4,
        /// Ended by a terminating error.
        Failed = 5,
        /// Disconnected.
        Disconnected = 6,
    }
}

/// RUNSPACEPOOL_STATE (\[MS-PSRP\] 2.2.2.9).
#[derive(Debug, Clone, PartialEq)]
pub struct RunspacePoolStateMessage {
    /// The state.
    pub state: RunspacePoolState,
    /// Why it is broken or closed: an error record.
    pub error: Option<Value>,
}

/// PIPELINE_STATE (\[MS-PSRP\] 2.2.2.21).
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineStateMessage {
    /// The state.
    pub state: PipelineState,
    /// Why it failed or stopped: an error record.
    pub error: Option<Value>,
}

impl RunspacePoolStateMessage {
    /// As the message carries it.
    pub fn to_value(&self) -> Value {
        to_value("RunspaceState", self.state.number(), self.error.as_ref())
    }

    /// Reads it.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let (number, error) = from_value(value, "RUNSPACEPOOL_STATE", "RunspaceState")?;
        let state = RunspacePoolState::from_number(number);
        Ok(Self { state, error })
    }
}

impl PipelineStateMessage {
    /// As the message carries it.
    pub fn to_value(&self) -> Value {
        to_value("PipelineState", self.state.number(), self.error.as_ref())
    }

    /// Reads it.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let (number, error) = from_value(value, "PIPELINE_STATE", "PipelineState")?;
        let state = PipelineState::from_number(number);
        Ok(Self { state, error })
    }
}

const ERROR: &str = "ExceptionAsErrorRecord";

fn to_value(property: &str, number: i64, error: Option<&Value>) -> Value {
    // every state known is a small number
    let number = Value::I32(i32::try_from(number).unwrap_or(-1));
    match error {
        Some(error) => properties([(property, number), (ERROR, error.clone())]),
        None => properties([(property, number)]),
    }
}

fn from_value(
    value: &Value,
    message: &'static str,
    property: &'static str,
) -> Result<(i64, Option<Value>), Error> {
    let number = value.get(property).and_then(Value::as_i64);
    let error = value.get(ERROR).filter(|error| **error != Value::Null);
    Ok((number.ok_or(Error { message, property })?, error.cloned()))
}
