//! Lines of an SMTP client.

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `EHLO`, extended.
    Ehlo,
    /// `HELO`
    Helo,
    /// `STARTTLS`
    StartTls,
    /// `MAIL FROM`
    Mail(Sender),
    /// `RCPT TO`
    Rcpt(String),
    /// `DATA`
    Data,
    /// `RSET`
    Rset,
    /// `NOOP`
    Noop,
    /// `VRFY`
    Vrfy,
    /// `QUIT`
    Quit,
}

/// Who sends, and what they announce.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// Empty for notices that must not be answered.
    pub address: String,
    /// `SIZE=`, in bytes.
    pub size: Option<usize>,
    /// `SMTPUTF8`
    pub utf8: bool,
}

/// Why a line is not a command, as the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadCommand {
    /// Nobody has heard of it.
    Unknown,
    /// Its argument is malformed.
    Argument,
    /// A parameter that was not offered.
    Parameter,
}

impl BadCommand {
    /// The line that says so.
    pub fn reply(self) -> &'static str {
        match self {
            Self::Unknown => "500 5.5.1 Command not recognized",
            Self::Argument => "501 5.5.4 Syntax error in the argument",
            Self::Parameter => "555 5.5.4 Parameter not recognized",
        }
    }
}

impl Command {
    /// Reads a line without its end.
    pub fn parse(line: &str) -> Result<Self, BadCommand> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let alone = |command| {
            if rest.trim().is_empty() {
                Ok(command)
            } else {
                Err(BadCommand::Argument)
            }
        };
        let named = |command| {
            if rest.trim().is_empty() {
                Err(BadCommand::Argument)
            } else {
                Ok(command)
            }
        };
        match word.to_ascii_uppercase().as_str() {
            "EHLO" => named(Self::Ehlo),
            "HELO" => named(Self::Helo),
            "STARTTLS" => alone(Self::StartTls),
            "MAIL" => sender(rest).map(Self::Mail),
            "RCPT" => recipient(rest).map(Self::Rcpt),
            "DATA" => alone(Self::Data),
            "RSET" => alone(Self::Rset),
            "NOOP" => Ok(Self::Noop),
            "VRFY" => named(Self::Vrfy),
            "QUIT" => alone(Self::Quit),
            _ => Err(BadCommand::Unknown),
        }
    }
}

fn sender(rest: &str) -> Result<Sender, BadCommand> {
    let (address, parameters) = path(rest, "FROM:")?;
    if !address.is_empty() {
        check(&address)?;
    }
    let mut sender = Sender {
        address,
        ..Sender::default()
    };
    for parameter in parameters.split_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => sender.size = Some(value.parse().map_err(|_| BadCommand::Argument)?),
            "BODY" if matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") => {}
            "SMTPUTF8" if value.is_empty() => sender.utf8 = true,
            _ => return Err(BadCommand::Parameter),
        }
    }
    Ok(sender)
}

fn recipient(rest: &str) -> Result<String, BadCommand> {
    let (address, parameters) = path(rest, "TO:")?;
    check(&address)?;
    if parameters.trim().is_empty() {
        Ok(address)
    } else {
        Err(BadCommand::Parameter)
    }
}

/// What stands between the angle brackets, and what follows them.
fn path<'l>(rest: &'l str, keyword: &str) -> Result<(String, &'l str), BadCommand> {
    let (start, rest) = rest
        .split_at_checked(keyword.len())
        .ok_or(BadCommand::Argument)?;
    if !start.eq_ignore_ascii_case(keyword) {
        return Err(BadCommand::Argument);
    }
    let inside = rest.trim_start().strip_prefix('<');
    let (address, parameters) = inside
        .and_then(|inside| inside.split_once('>'))
        .ok_or(BadCommand::Argument)?;
    Ok((address.to_owned(), parameters))
}

/// One mailbox at one domain, without spaces and control characters.
fn check(address: &str) -> Result<(), BadCommand> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>');
    match address.rsplit_once('@') {
        Some((local, domain))
            if !local.is_empty() && !domain.is_empty() && !address.contains(is_odd) =>
        {
            Ok(())
        }
        _ => Err(BadCommand::Argument),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_whatever_their_case() {
        assert_eq!(Command::parse("ehlo town.example"), Ok(Command::Ehlo));
        assert_eq!(
            Command::parse("MAIL FROM:<a@b.example> SIZE=12 BODY=8BITMIME SMTPUTF8"),
            Ok(Command::Mail(Sender {
                address: "a@b.example".to_owned(),
                size: Some(12),
                utf8: true,
            }))
        );
        assert_eq!(
            Command::parse("mail from:<>"),
            Ok(Command::Mail(Sender::default()))
        );
        assert_eq!(
            Command::parse("RCPT TO:<žofie@example.cz>"),
            Ok(Command::Rcpt("žofie@example.cz".to_owned()))
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for (line, reason) in [
            ("", BadCommand::Unknown),
            ("EXPN all", BadCommand::Unknown),
            ("EHLO", BadCommand::Argument),
            ("DATA now", BadCommand::Argument),
            ("MAIL FROM:a@b.example", BadCommand::Argument),
            ("MAIL FROM:<a@b.example", BadCommand::Argument),
            ("MAIL FROM:<a b@b.example>", BadCommand::Argument),
            ("MAIL FROM:<a@b.example> SIZE=x", BadCommand::Argument),
            ("MAIL FROM:<a@b.example> AUTH=<>", BadCommand::Parameter),
            (
                "MAIL FROM:<a@b.example> BODY=BINARYMIME",
                BadCommand::Parameter,
            ),
            ("MAIL", BadCommand::Argument),
            ("RCPT TO:<>", BadCommand::Argument),
            ("RCPT TO:<nobody>", BadCommand::Argument),
            ("RCPT TO:<@b.example>", BadCommand::Argument),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", BadCommand::Parameter),
            ("RCPT FROM:<a@b.example>", BadCommand::Argument),
        ] {
            assert_eq!(Command::parse(line), Err(reason), "{line}");
        }
    }
}
