//! The two STS operations that clients of Lambda ask for, in STS's own query protocol.
//! Knows nothing of Lambda's objects.

use super::clock::{Millis, stamp_z};
use super::error::Refusal;
use super::place::Place;

/// An answer in XML: status and body.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The document.
    pub body: String,
}

/// The `Action` of a form-encoded body.
pub fn action(form: &[(String, String)]) -> &str {
    value(form, "Action").unwrap_or("an unnamed action")
}

/// Answers GetCallerIdentity and AssumeRole; every other action is `InvalidAction`.
pub fn answer(form: &[(String, String)], place: &Place, request_id: &str, now: Millis) -> Answer {
    let (partition, account) = (place.partition(), &place.account);
    let action = action(form);
    let result = match action {
        "GetCallerIdentity" => format!(
            "<Arn>arn:{partition}:iam::{account}:user/local</Arn><UserId>AIDALOCALLOCALLOCALX</UserId>\
             <Account>{account}</Account>"
        ),
        "AssumeRole" => {
            let role = value(form, "RoleArn").and_then(|arn| arn.rsplit('/').next()).unwrap_or("role");
            let session = value(form, "RoleSessionName").unwrap_or("session");
            let (role, session) = (escape(role), escape(session));
            let expiration = stamp_z(now.saturating_add(3_600_000));
            // Fixed credentials that open nothing: this server does not check signatures.
            format!(
                "<Credentials><AccessKeyId>ASIALOCALLOCALLOCALX</AccessKeyId><SecretAccessKey>local</SecretAccessKey>\
                 <SessionToken>local</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
                 <AssumedRoleUser><Arn>arn:{partition}:sts::{account}:assumed-role/{role}/{session}</Arn>\
                 <AssumedRoleId>AROALOCALLOCALLOCALX:{session}</AssumedRoleId></AssumedRoleUser>"
            )
        }
        _ => {
            let message = format!(
                "Could not find operation {action}: the local control plane answers GetCallerIdentity and AssumeRole."
            );
            return error(400, "InvalidAction", &message, request_id);
        }
    };
    let body = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{result}\
         </{action}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    );
    Answer { status: 200, body }
}

/// A refusal as STS writes one.
pub fn refused(refusal: &Refusal, request_id: &str) -> Answer {
    error(refusal.status, &refusal.code, &refusal.message, request_id)
}

fn error(status: u16, code: &str, message: &str, request_id: &str) -> Answer {
    let blame = if status >= 500 { "Receiver" } else { "Sender" };
    let (code, message) = (escape(code), escape(message));
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>{blame}</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    );
    Answer { status, body }
}

fn value<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(action: &str) -> Answer {
        let place = Place { region: "us-east-1".to_owned(), account: "123456789012".to_owned() };
        answer(&[("Action".to_owned(), action.to_owned())], &place, "id", 0)
    }

    #[test]
    fn identity_names_the_account_and_other_actions_are_refused() {
        assert!(ask("GetCallerIdentity").body.contains("<Account>123456789012</Account>"));
        let refused = ask("Get<User");
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains("<Code>InvalidAction</Code>") && refused.body.contains("Get&lt;User"));
    }
}
