//! The server's CHALLENGE message (\[MS-NLMP\] 2.2.1.2): the one NTLM message that a client must not trust.

use ntlmclient::{ChallengeMessage, Flags, Message, TargetInfoEntry, TargetInfoType};

use super::Error;
use crate::auth::channel_binding::ChannelBinding;

/// A challenge that has been read.
#[derive(Debug)]
pub struct Challenge(ChallengeMessage);

impl Challenge {
    /// More bytes than any server sends: names of 255 characters in each field come to about 3 KB.
    pub const MAX_LENGTH: usize = 8 * 1024;

    /// `ntlmclient` wants the version field, which servers without NEGOTIATE_VERSION leave out.
    const LENGTH_WITH_VERSION: usize = 56;

    /// Reads a challenge as it came from the network.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > Self::MAX_LENGTH {
            return Err(Error::TooLong {
                length: bytes.len(),
            });
        }
        let mut padded = bytes.to_vec();
        if (48..Self::LENGTH_WITH_VERSION).contains(&bytes.len()) {
            padded.resize(Self::LENGTH_WITH_VERSION, 0);
        }
        match Message::try_from(padded.as_slice()).map_err(Error::malformed)? {
            Message::Challenge(challenge) => Ok(Self(challenge)),
            other => Err(Error::Malformed(format!(
                "message type {} instead of 2",
                other.message_number()
            ))),
        }
    }

    /// The server's eight random bytes.
    pub fn server_challenge(&self) -> [u8; 8] {
        self.0.challenge
    }

    pub(super) fn flags(&self) -> Flags {
        self.0.flags
    }

    /// The server's time in FILETIME units, if it tells it.
    pub fn timestamp(&self) -> Option<i64> {
        let entry = self
            .entries()
            .find(|entry| entry.entry_type == TargetInfoType::Timestamp)?;
        entry
            .data
            .as_slice()
            .try_into()
            .ok()
            .map(i64::from_le_bytes)
    }

    /// The server's target information with the client's additions, encoded (\[MS-NLMP\] 3.1.5.1.2).
    pub(super) fn answer_to_target_info(
        &self,
        target: &str,
        channel: &ChannelBinding,
    ) -> Result<Vec<u8>, Error> {
        const MIC_PRESENT: u32 = 2;

        let ours = [
            TargetInfoType::Flags,
            TargetInfoType::ChannelBindings,
            TargetInfoType::TargetName,
        ];
        let mut entries: Vec<TargetInfoEntry> = self
            .entries()
            .filter(|entry| !ours.contains(&entry.entry_type))
            .cloned()
            .collect();
        if self.timestamp().is_some() {
            let flags = (self.server_flags() | MIC_PRESENT).to_le_bytes().to_vec();
            entries.push(TargetInfoEntry {
                entry_type: TargetInfoType::Flags,
                data: flags,
            });
        }
        entries.push(TargetInfoEntry {
            entry_type: TargetInfoType::ChannelBindings,
            data: channel.md5().to_vec(),
        });
        entries.push(TargetInfoEntry::from_string(
            TargetInfoType::TargetName,
            target,
        ));
        entries.push(TargetInfoEntry {
            entry_type: TargetInfoType::Terminator,
            data: Vec::new(),
        });

        // ntlmclient panics where a length does not fit its field
        let encoded = entries
            .iter()
            .all(|entry| entry.data.len() <= Self::MAX_LENGTH);
        if !encoded {
            return Err(Error::Encode(format!(
                "the target name {target:?} is too long"
            )));
        }
        Ok(entries.iter().flat_map(TargetInfoEntry::to_bytes).collect())
    }

    fn server_flags(&self) -> u32 {
        let entry = self
            .entries()
            .find(|entry| entry.entry_type == TargetInfoType::Flags);
        entry
            .and_then(|entry| entry.data.as_slice().try_into().ok())
            .map_or(0, u32::from_le_bytes)
    }

    fn entries(&self) -> impl Iterator<Item = &TargetInfoEntry> {
        self.0
            .target_information
            .iter()
            .take_while(|entry| entry.entry_type != TargetInfoType::Terminator)
    }
}
