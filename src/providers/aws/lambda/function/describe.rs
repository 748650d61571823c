//! What a configuration for a function that exists would say; its code is downloaded.
//! Changes nothing; knows nothing of where configuration goes.

use super::read::get;
use crate::base::{Diagnostics, Value};
use crate::provider::Description;
use crate::providers::aws::download;
use crate::providers::aws::fields::{filled, text, without};
use crate::providers::aws::resource::Link;

/// Describes a function. The code of one that is not an image comes from where it is deployed: where it was uploaded from,
/// nobody knows any more.
pub(super) async fn describe(link: &Link, object: Value) -> Description {
    let deployed = filled(&object, "code_sha256");
    let name = filled(&object, "function_name").unwrap_or_default();
    let image = text(&object, "package_type").as_deref() == Some("Image");
    // The hash of what is deployed is no argument of what is to be deployed next.
    let described = Description::of(without(object, &["code_sha256"]));
    if image {
        return described;
    }
    match code(link, &name, deployed.as_deref()).await {
        Ok((content, warning)) => {
            Description { content: Some(content), problems: warning.into_iter().collect(), ..described }
        }
        Err(problems) => Description { problems, ..described },
    }
}

async fn code(
    link: &Link,
    name: &str,
    deployed: Option<&str>,
) -> Result<(crate::provider::Content, Option<crate::base::Diagnostic>), Diagnostics> {
    let session = link.session().await?;
    let seen = get(session, name, None).await.map_err(|error| error.diagnostic(name))?;
    let location = seen.code.as_ref().and_then(|code| code.location.as_deref());
    Ok(download::package(&link.settings, location, name.to_owned(), deployed).await?)
}
