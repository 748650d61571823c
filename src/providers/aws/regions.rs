//! The `region` that a single object may name, as from the provider's release 6.0 on: one connection for each.
//! Knows no type: the argument is taken off before a type sees an object, and put back after.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::AwsConnection;
use super::client::named_region;
use super::config::Settings;
use super::resource::Link;
use crate::base::{Diagnostics, Type, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, Connection, DataType, Description, Environment,
    ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse, ResourceType, SettleRequest,
    Settled,
};
use crate::schema::{Attribute, Block, Schema};

/// The argument.
const REGION: &str = "region";

/// How the names of types begin that live in no region, or that name one for a purpose of their own.
const ELSEWHERE: &[&str] = &[
    "aws_arn",
    "aws_caller_identity",
    "aws_default_tags",
    "aws_iam_",
    "aws_partition",
    "aws_region",
    "aws_service",
];

fn is_regional(type_name: &str) -> bool {
    !ELSEWHERE.iter().any(|begin| type_name.starts_with(begin))
}

/// A declaration with the argument.
pub(super) fn resource(declared: &'static ResourceType) -> &'static ResourceType {
    if !is_regional(declared.name) {
        return declared;
    }
    // In another region there may be an object of the same name.
    let unique: Vec<&'static str> = match declared.unique {
        [] => Vec::new(),
        names => names.iter().copied().chain([REGION]).collect(),
    };
    Box::leak(Box::new(ResourceType {
        name: declared.name,
        schema: schema(&declared.schema),
        unique: unique.leak(),
        empty_is_null: declared.empty_is_null,
        import_id: declared.import_id,
    }))
}

/// A declaration with the argument.
pub(super) fn data(declared: &'static DataType) -> &'static DataType {
    if !is_regional(declared.name) {
        return declared;
    }
    Box::leak(Box::new(DataType {
        name: declared.name,
        schema: schema(&declared.schema),
        pure: declared.pure,
    }))
}

fn schema(declared: &Schema) -> Schema {
    let region = Attribute::string(REGION).optional_computed().replaces().newer();
    let mut attributes = declared.block.attributes.to_vec();
    let place = attributes.partition_point(|attribute| attribute.name < REGION);
    attributes.insert(place, region);
    Schema {
        version: declared.version,
        block: Block { attributes: attributes.leak(), blocks: declared.block.blocks },
    }
}

/// An object without its region, and the region.
fn parted(value: &Value) -> (Value, Value) {
    let region = value.get(REGION).cloned().unwrap_or_else(|| Value::null(Type::String));
    (value.without(REGION), region)
}

fn part(value: &mut Value) -> Value {
    let (rest, region) = parted(value);
    *value = rest;
    region
}

fn whole(object: Value, region: &Value) -> Value {
    if object.is_null() { object } else { object.with_attr(REGION, region.clone()) }
}

/// The connections of one provider configuration.
pub(super) struct Regions {
    settings: Settings,
    environment: Environment,
    home: Arc<AwsConnection>,
    others: Mutex<BTreeMap<String, Arc<AwsConnection>>>,
}

impl Regions {
    /// Connects to nothing yet.
    pub(super) fn new(settings: Settings, environment: Environment) -> Self {
        let home = Arc::new(AwsConnection(Arc::new(Link::new(settings.clone(), environment.clone()))));
        Regions { settings, environment, home, others: Mutex::default() }
    }

    /// The connection to a region; to the provider's own when it is not said.
    fn of(&self, region: &Value) -> Arc<AwsConnection> {
        let named = region.as_str().filter(|region| !region.is_empty());
        let Some(region) = named.filter(|region| self.own() != Some((*region).to_owned())) else {
            return Arc::clone(&self.home);
        };
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || {
            let settings = Settings { region: Some(region.to_owned()), ..self.settings.clone() };
            Arc::new(AwsConnection(Arc::new(Link::new(settings, self.environment.clone()))))
        };
        Arc::clone(others.entry(region.to_owned()).or_insert_with(open))
    }

    fn own(&self) -> Option<String> {
        named_region(&self.settings, &self.environment)
    }

    /// The region an object is to have. State written by newer releases names the provider's where configuration names
    /// none; one that is not it any more is an object in the wrong place.
    fn planned(&self, prior: Option<&Value>, config: &Value) -> Value {
        let wanted = config.get(REGION).filter(|region| !region.is_null());
        let before = || prior.and_then(|prior| prior.get(REGION)).filter(|region| !region.is_null());
        match (wanted, before(), self.own()) {
            (Some(wanted), ..) => wanted.clone(),
            (None, Some(_), Some(own)) => Value::string(own),
            (None, Some(before), None) => before.clone(),
            (None, None, _) => Value::null(Type::String),
        }
    }
}

/// What is read in one region: the places of the requests among all of them, each with its region, and the requests.
type Group = (Vec<(usize, Value)>, Vec<ReadRequest>);

impl Connection for Regions {
    fn connect(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        self.home.connect()
    }

    fn read<'a>(
        &'a self,
        requests: Vec<ReadRequest>,
        done: &'a (dyn Fn(usize, ReadResponse) + Send + Sync),
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
            for (index, mut request) in requests.into_iter().enumerate() {
                let region = match is_regional(&request.type_name) {
                    true => part(&mut request.prior),
                    false => Value::NULL,
                };
                let group = groups.entry(region.as_str().map(str::to_owned)).or_default();
                group.0.push((index, region));
                group.1.push(request);
            }
            for (indexes, requests) in groups.into_values() {
                let regional: Vec<bool> = requests.iter().map(|r| is_regional(&r.type_name)).collect();
                let connection = self.of(indexes.first().map_or(&Value::NULL, |(_, region)| region));
                let one = |at: usize, mut response: ReadResponse| {
                    let Some((index, region)) = indexes.get(at) else { return };
                    if regional.get(at) == Some(&true) {
                        response.object = response.object.map(|object| whole(object, region));
                    }
                    done(*index, response);
                };
                connection.read(requests, &one).await;
            }
        })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        if !is_regional(request.type_name) {
            return self.home.plan(request);
        }
        let region = self.planned(request.prior, request.config);
        let prior = request.prior.map(|prior| parted(prior).0);
        let (proposed, config) = (parted(request.proposed).0, parted(request.config).0);
        let asked = PlanRequest { prior: prior.as_ref(), proposed: &proposed, config: &config, ..request };
        let mut response = self.of(&region).plan(asked);
        response.planned = whole(response.planned, &region);
        response
    }

    fn apply<'a>(
        &'a self,
        mut request: ApplyRequest,
        context: ApplyContext<'a>,
    ) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            if !is_regional(&request.type_name) {
                return self.home.apply(request, context).await;
            }
            part(&mut request.config);
            let before = request.prior.as_mut().map(part);
            let planned = request.planned.as_mut().map(part);
            let region = planned.or(before).unwrap_or(Value::NULL);
            let mut response = self.of(&region).apply(request, context).await;
            response.object = response.object.map(|object| whole(object, &region));
            response
        })
    }

    fn settle<'a>(&'a self, mut request: SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            if !is_regional(&request.type_name) {
                return self.home.settle(request).await;
            }
            let before = request.prior.as_mut().map(part);
            let planned = request.planned.as_mut().map(part);
            let region = planned.or(before).unwrap_or(Value::NULL);
            match self.of(&region).settle(request).await {
                Settled::Landed { object, private, tainted } => {
                    let object = object.map(|object| whole(object, &region));
                    Settled::Landed { object, private, tainted }
                }
                other => other,
            }
        })
    }

    fn import<'a>(
        &'a self,
        type_name: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move {
            if !is_regional(type_name) {
                return self.home.import(type_name, id).await;
            }
            let (id, region) = match id.rsplit_once('@').filter(|(_, region)| looks_like_region(region)) {
                Some((id, region)) => (id, Value::string(region)),
                None => (id, Value::null(Type::String)),
            };
            let found = self.of(&region).import(type_name, id).await?;
            Ok(ImportResponse { object: whole(found.object, &region), ..found })
        })
    }

    fn adopt(&self, type_name: &str, mut object: Value, config: &Value) -> Value {
        if !is_regional(type_name) {
            return self.home.adopt(type_name, object, config);
        }
        let region = part(&mut object);
        whole(self.of(&region).adopt(type_name, object, &parted(config).0), &region)
    }

    fn describe<'a>(&'a self, type_name: &'a str, mut object: Value) -> BoxFuture<'a, Description> {
        Box::pin(async move {
            if !is_regional(type_name) {
                return self.home.describe(type_name, object).await;
            }
            let region = part(&mut object);
            let described = self.of(&region).describe(type_name, object).await;
            Description { object: whole(described.object, &region), ..described }
        })
    }

    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        mut config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            if !is_regional(type_name) {
                return self.home.read_data(type_name, config).await;
            }
            let region = part(&mut config);
            let found = self.of(&region).read_data(type_name, config).await?;
            Ok(whole(found, &region))
        })
    }
}

/// `eu-west-1`: words and, at the end, a number.
fn looks_like_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let word = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    matches!(words.as_slice(), [first @ .., last] if first.len() >= 2
        && first.iter().all(word)
        && !last.is_empty()
        && last.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::looks_like_region;

    #[test]
    fn an_id_may_end_in_a_region() {
        for (text, expected) in [
            ("eu-west-1", true),
            ("us-gov-east-1", true),
            ("prod-1", false),
            ("eu-west-", false),
            ("a@b", false),
        ] {
            assert_eq!(looks_like_region(text), expected, "{text}");
        }
    }
}
