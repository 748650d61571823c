//! The policies that AWS itself keeps: those that functions use, with what they allow; any other is taken for one too.
//! Knows nothing of the account's own.

use serde_json::json;

/// A policy of AWS.
#[derive(Debug, Clone)]
pub struct Managed {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// What it allows: actions.
    actions: &'static [&'static str],
}

/// Path, name and actions of the known ones. Source: the AWS Managed Policy Reference Guide.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("/", "AWSLambdaExecute", &["logs:*", "s3:GetObject", "s3:PutObject"]),
    (
        "/",
        "AWSLambdaInvocation-DynamoDB",
        &[
            "lambda:InvokeFunction",
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
    ),
    ("/", "AWSLambda_FullAccess", &["lambda:*"]),
    ("/", "AWSLambda_ReadOnlyAccess", &["lambda:Get*", "lambda:List*"]),
    (
        "/",
        "AWSXRayDaemonWriteAccess",
        &[
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ],
    ),
    ("/", "AdministratorAccess", &["*"]),
    ("/", "AmazonDynamoDBFullAccess", &["dynamodb:*"]),
    (
        "/",
        "AmazonDynamoDBReadOnlyAccess",
        &[
            "dynamodb:BatchGetItem",
            "dynamodb:Describe*",
            "dynamodb:GetItem",
            "dynamodb:List*",
            "dynamodb:Query",
            "dynamodb:Scan",
        ],
    ),
    ("/", "AmazonS3FullAccess", &["s3:*", "s3-object-lambda:*"]),
    (
        "/",
        "AmazonS3ReadOnlyAccess",
        &["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
    ),
    ("/", "AmazonSNSFullAccess", &["sns:*"]),
    ("/", "AmazonSQSFullAccess", &["sqs:*"]),
    ("/", "AmazonSSMReadOnlyAccess", &["ssm:Describe*", "ssm:Get*", "ssm:List*"]),
    (
        "/",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    ("/", "CloudWatchLogsFullAccess", &["logs:*", "cloudwatch:GenerateQuery"]),
    ("/", "PowerUserAccess", &["*"]),
    ("/", "ReadOnlyAccess", &["*:Describe*", "*:Get*", "*:List*"]),
    ("/", "SecretsManagerReadWrite", &["secretsmanager:*"]),
    (
        "/service-role/",
        "AWSLambdaBasicExecutionRole",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    (
        "/service-role/",
        "AWSLambdaDynamoDBExecutionRole",
        &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "/service-role/",
        "AWSLambdaENIManagementAccess",
        &["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"],
    ),
    (
        "/service-role/",
        "AWSLambdaKinesisExecutionRole",
        &[
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:ListStreams",
            "kinesis:SubscribeToShard",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "/service-role/",
        "AWSLambdaMSKExecutionRole",
        &[
            "kafka:DescribeCluster",
            "kafka:DescribeClusterV2",
            "kafka:GetBootstrapBrokers",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DeleteNetworkInterface",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    ("/service-role/", "AWSLambdaRole", &["lambda:InvokeFunction"]),
    (
        "/service-role/",
        "AWSLambdaSQSQueueExecutionRole",
        &[
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "/service-role/",
        "AWSLambdaVPCAccessExecutionRole",
        &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
    ),
];

impl Managed {
    /// The policy an ARN names, if it is one of AWS: also one that is not known here, so that any directory can be tried.
    pub fn find(arn: &str) -> Option<Managed> {
        let rest = arn.strip_prefix("arn:aws")?;
        let (partition, rest) = rest.split_once(":iam::aws:policy")?;
        let (path, name) = rest.rsplit_once('/')?;
        let sound =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b));
        if !sound || !partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            return None;
        }
        let path = format!("{path}/");
        let known = KNOWN.iter().find(|(at, known, _)| *known == name && *at == path);
        Some(Managed { name: name.to_owned(), path, actions: known.map_or(&[], |(_, _, actions)| actions) })
    }

    /// Every known policy.
    pub fn all() -> impl Iterator<Item = Managed> {
        KNOWN.iter().map(|(path, name, actions)| Managed {
            name: (*name).to_owned(),
            path: (*path).to_owned(),
            actions,
        })
    }

    /// Its unique id, always the same.
    pub fn id(&self) -> String {
        let own = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, self.name.as_bytes());
        format!("ANPA{}", own.simple().to_string().to_uppercase().get(..17).unwrap_or_default())
    }

    /// What it allows.
    pub fn document(&self) -> String {
        let statement = json!({ "Effect": "Allow", "Action": self.actions, "Resource": "*" });
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    }
}
