//! `aws_lambda_layer_version` as a data source: a version, or the newest, of a layer that something else publishes.

use aws_sdk_lambda::types::{Architecture, Runtime};

use super::{missing, shared};
use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{carry, filled, int};
use crate::providers::aws::lambda::layer_version::find;
use crate::providers::aws::lambda::names::LAYER;
use crate::providers::aws::lambda::{ARCHITECTURE, RUNTIMES};
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Constraint, Schema};

use Constraint::KnownValues;

static TYPE: DataType = DataType {
    name: "aws_lambda_layer_version",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("code_sha256").computed(),
                Attribute::string("compatible_architecture").check(&[ARCHITECTURE]),
                Attribute::string_set("compatible_architectures").computed(),
                Attribute::string("compatible_runtime").check(&[KnownValues(RUNTIMES)]),
                Attribute::string_set("compatible_runtimes").computed(),
                Attribute::string("created_date").computed(),
                Attribute::string("description").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("layer_arn").computed(),
                Attribute::string("layer_name").required().check(&[LAYER]),
                Attribute::string("license_info").computed(),
                Attribute::string("signing_job_arn").computed(),
                Attribute::string("signing_profile_version_arn").computed(),
                Attribute::string("source_code_hash").computed(),
                Attribute::number("source_code_size").computed(),
                Attribute::number("version").optional_computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct LayerVersion;

impl Data for LayerVersion {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let name = filled(config, "layer_name").unwrap_or_default();
            let absent = || missing("Layer version", &name, "layer_name");
            let version = match int(config, "version") {
                Some(version) => version,
                None => newest(link, &name, config).await?.ok_or_else(absent)?,
            };
            let known = Value::object([
                ("layer_name", Value::from(name.clone())),
                ("version", Value::from(version.to_string())),
            ]);
            let found = find(link, &known).await?.ok_or_else(absent)?;
            let sha256 = found.get("code_sha256").cloned().unwrap_or(Value::NULL);
            let found =
                found.with_attr("version", Value::from(version)).with_attr("source_code_hash", sha256);
            let object = shared(&TYPE.schema.block, &found)?;
            Ok(carry(object, config, &["compatible_architecture", "compatible_runtime"]))
        })
    }
}

/// The newest version that fits, by the order of the list.
async fn newest(link: &Link, name: &str, config: &Value) -> Result<Option<i64>, Diagnostics> {
    let session = link.session().await?;
    let (architecture, runtime) =
        (filled(config, "compatible_architecture"), filled(config, "compatible_runtime"));
    let call = session
        .reads
        .list_layer_versions()
        .layer_name(name)
        .max_items(1)
        .set_compatible_architecture(architecture.as_deref().map(Architecture::from))
        .set_compatible_runtime(runtime.as_deref().map(Runtime::from));
    let page = session.read("ListLayerVersions", call.send()).await;
    Ok(page.map_err(|error| error.diagnostic(name))?.layer_versions().first().map(|v| v.version))
}
