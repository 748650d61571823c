//! Lambda configurations that change step by step, and the project that holds all of them at once: starting Terraform's
//! AWS provider is what costs, so that every step is planned once for all of them.
//! Knows nothing of what is compared.

use std::fmt::Write as _;

/// How many steps there are.
pub const STEPS: usize = 4;

/// The provider, as both programs reach a server without an account.
pub const PROVIDER: &str = r#"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
variable "secret" {
  sensitive = true
  default   = "hunter2"
}
locals {
  role = "arn:aws:iam::123456789012:role/lambda"
}
"#;

/// A function and what its block says besides name, role, code, handler and runtime, at each step. The last one stays
/// when there are fewer than [`STEPS`]; `-` means there is no such function. What it says itself is not said for it.
pub const FUNCTIONS: &[(&str, &[&str])] = &[
    ("plain", &["filename = \"a.zip\""]),
    ("memory", &["memory_size = 256", "memory_size = 512", ""]),
    ("timeout", &["", "timeout = 30", ""]),
    ("handler", &["", "handler = \"other.run\""]),
    ("runtime", &["", "runtime = \"python3.13\""]),
    ("role", &["", "role = \"arn:aws:iam::123456789012:role/other\""]),
    ("description", &["description = \"one\\ntwo\\n\"", "description = \"one\\nthree\\n\"", ""]),
    ("tags", &["tags = { a = \"1\" }", "tags = { a = \"2\", b = \"3\" }", "", "tags = { e = \"\" }"]),
    ("hash", &["", "source_code_hash = \"A\"", "source_code_hash = \"B\"", ""]),
    ("path", &["filename = \"a.zip\"", "filename = \"b.zip\""]),
    (
        "to_s3",
        &[
            "filename = \"a.zip\"",
            "s3_bucket = \"bucket\"\ns3_key = \"key\"",
            "s3_bucket = \"bucket\"\ns3_key = \"key\"\ns3_object_version = \"7\"",
            "filename = \"a.zip\"",
        ],
    ),
    ("publish", &["", "publish = true", "publish = true\nmemory_size = 256", "publish = false"]),
    (
        "published",
        &[
            "publish = true",
            "publish = true\ntags = { a = \"1\" }",
            "publish = true\nsource_code_hash = \"A\"",
            "publish = true\nsource_code_hash = \"B\"\nmemory_size = 256",
        ],
    ),
    (
        "environment",
        &[
            "environment {\n  variables = { AA = \"1\", BB = \"2\" }\n}",
            "environment {\n  variables = { AA = \"2\", CC = \"3\" }\n}",
            "",
            "environment {\n  variables = {}\n}",
        ],
    ),
    ("reserved", &["", "reserved_concurrent_executions = 5", "reserved_concurrent_executions = 0", ""]),
    (
        "logging",
        &[
            "logging_config {\n  log_format = \"Text\"\n}",
            "logging_config {\n  log_format = \"JSON\"\n}",
            "logging_config {\n  log_format = \"Text\"\n}",
            "",
        ],
    ),
    (
        "levels",
        &[
            "",
            "logging_config {\n  log_format            = \"JSON\"\n  application_log_level = \"DEBUG\"\n  system_log_level      = \"WARN\"\n}",
            "logging_config {\n  log_format = \"JSON\"\n  log_group  = \"/own/group\"\n}",
            "",
        ],
    ),
    ("architectures", &["", "architectures = [\"arm64\"]", ""]),
    ("snap", &["", "snap_start {\n  apply_on = \"PublishedVersions\"\n}", ""]),
    ("storage", &["", "ephemeral_storage {\n  size = 1024\n}", ""]),
    ("tracing", &["", "tracing_config {\n  mode = \"Active\"\n}", ""]),
    (
        "letters",
        &[
            "",
            "dead_letter_config {\n  target_arn = \"arn:aws:sqs:us-east-1:123456789012:q\"\n}",
            "dead_letter_config {\n  target_arn = \"arn:aws:sns:us-east-1:123456789012:t\"\n}",
            "",
        ],
    ),
    ("key", &["", "kms_key_arn = \"arn:aws:kms:us-east-1:123456789012:key/1\"", ""]),
    (
        "vpc",
        &[
            "",
            "vpc_config {\n  subnet_ids         = [\"subnet-2\", \"subnet-1\"]\n  security_group_ids = [\"sg-1\"]\n}",
            "vpc_config {\n  subnet_ids                  = [\"subnet-1\", \"subnet-3\"]\n  security_group_ids          = [\"sg-1\", \"sg-2\"]\n  ipv6_allowed_for_dual_stack = true\n}\nreplace_security_groups_on_destroy = true\nreplacement_security_group_ids = [\"sg-9\"]",
            "replace_security_groups_on_destroy = true",
        ],
    ),
    (
        "files",
        &[
            "vpc_config {\n  subnet_ids         = [\"subnet-1\"]\n  security_group_ids = [\"sg-1\"]\n}\nfile_system_config {\n  arn              = \"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0\"\n  local_mount_path = \"/mnt/a\"\n}",
            "vpc_config {\n  subnet_ids         = [\"subnet-1\"]\n  security_group_ids = [\"sg-1\"]\n}\nfile_system_config {\n  arn              = \"arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0\"\n  local_mount_path = \"/mnt/b\"\n}",
            "vpc_config {\n  subnet_ids         = [\"subnet-1\"]\n  security_group_ids = [\"sg-1\"]\n}",
        ],
    ),
    (
        "image",
        &[
            "package_type = \"Image\"\nimage_uri = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/r:1\"",
            "package_type = \"Image\"\nimage_uri = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/r:2\"\nimage_config {\n  command           = [\"a\"]\n  entry_point       = [\"b\", \"c\"]\n  working_directory = \"/w\"\n}",
            "package_type = \"Image\"\nimage_uri = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/r:2\"",
        ],
    ),
    (
        "to_image",
        &["", "package_type = \"Image\"\nimage_uri = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/r:1\""],
    ),
    ("rename", &["", "function_name = \"renamed\""]),
    (
        "first",
        &[
            "lifecycle {\n  create_before_destroy = true\n}",
            "function_name = \"first-renamed\"\nlifecycle {\n  create_before_destroy = true\n}",
        ],
    ),
    (
        "ignore",
        &[
            "memory_size = 256\ntags = { a = \"1\" }",
            "memory_size = 512\ntags = { a = \"2\" }\nlifecycle {\n  ignore_changes = [memory_size, tags[\"a\"]]\n}",
        ],
    ),
    ("removed", &["", "-"]),
    ("added", &["-", "tags = { a = \"1\" }"]),
    ("kept", &["skip_destroy = true", "-"]),
    (
        "secret",
        &[
            "environment {\n  variables = { SECRET = var.secret, OPEN = \"1\" }\n}",
            "environment {\n  variables = { SECRET = var.secret, OPEN = \"2\" }\n}",
            "environment {\n  variables = { SECRET = \"now known\", OPEN = sensitive(\"2\") }\n}",
            "description = var.secret",
        ],
    ),
    (
        "timeouts",
        &["timeouts {\n  create = \"5m\"\n  update = \"6m\"\n}", "timeouts {\n  update = \"7m\"\n}", ""],
    ),
    (
        "counted",
        &[
            "count         = 3\nfunction_name = \"counted-${count.index}\"",
            "count         = 1\nfunction_name = \"counted-${count.index}\"",
            "function_name = \"counted-0\"",
            "for_each      = { x = 256 }\nfunction_name = \"counted-${each.key}\"\nmemory_size   = each.value",
        ],
    ),
    (
        "dynamic",
        &[
            "dynamic \"environment\" {\n  for_each = [\"v1\"]\n  content {\n    variables = { VV = environment.value }\n  }\n}",
            "dynamic \"environment\" {\n  for_each = [\"v2\"]\n  content {\n    variables = { VV = environment.value }\n  }\n}",
            "dynamic \"environment\" {\n  for_each = []\n  content {}\n}",
        ],
    ),
    (
        "everything",
        &[
            "filename = \"a.zip\"\ndescription = \"d\"\nmemory_size = 1024\ntimeout = 60\ntags = { a = \"1\" }\npublish = true\nsource_code_hash = filebase64sha256(\"a.zip\")\nlayers = [aws_lambda_layer_version.stable.arn]\narchitectures = [\"arm64\"]\nreserved_concurrent_executions = 3\nkms_key_arn = \"arn:aws:kms:us-east-1:123456789012:key/1\"\nenvironment {\n  variables = { AA = \"1\" }\n}\nephemeral_storage {\n  size = 2048\n}\ntracing_config {\n  mode = \"Active\"\n}\ndead_letter_config {\n  target_arn = \"arn:aws:sqs:us-east-1:123456789012:q\"\n}\nlogging_config {\n  log_format = \"Text\"\n  log_group  = \"/own\"\n}\nsnap_start {\n  apply_on = \"PublishedVersions\"\n}\nvpc_config {\n  subnet_ids         = [\"subnet-1\"]\n  security_group_ids = [\"sg-1\"]\n}",
            "memory_size = 1024\nsource_code_hash = filebase64sha256(\"b.zip\")\nfilename = \"b.zip\"",
        ],
    ),
];

/// What follows from other resources, at each step.
const COMPANIONS: [&str; STEPS] = [
    r#"
resource "aws_lambda_layer_version" "stable" {
  layer_name               = "stable"
  filename                 = "a.zip"
  compatible_runtimes      = ["python3.13", "python3.12"]
  compatible_architectures = ["x86_64"]
  license_info             = "MIT"
}
resource "aws_lambda_layer_version" "changing" {
  layer_name  = "changing"
  filename    = "a.zip"
  description = "one"
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.published.function_name
  function_version = aws_lambda_function.published.version
}
resource "aws_lambda_alias" "weighted" {
  name             = "weighted"
  description      = "d"
  function_name    = aws_lambda_function.everything.arn
  function_version = "1"
}
resource "aws_lambda_alias" "renamed" {
  name             = "live"
  function_name    = aws_lambda_function.rename.function_name
  function_version = "$LATEST"
}
resource "terraform_data" "arn" {
  input = aws_lambda_function.published.qualified_arn
}
output "version" {
  value = aws_lambda_function.published.version
}
output "arns" {
  value = { plain = aws_lambda_function.plain.arn, layer = aws_lambda_layer_version.changing.arn }
}
"#,
    r#"
resource "aws_lambda_layer_version" "stable" {
  layer_name               = "stable"
  filename                 = "a.zip"
  compatible_runtimes      = ["python3.12", "python3.13"]
  compatible_architectures = ["x86_64"]
  license_info             = "MIT"
}
resource "aws_lambda_layer_version" "changing" {
  layer_name  = "changing"
  filename    = "a.zip"
  description = "two"
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.published.arn
  function_version = aws_lambda_function.published.version
}
resource "aws_lambda_alias" "weighted" {
  name             = "weighted"
  description      = "e"
  function_name    = aws_lambda_function.everything.function_name
  function_version = "1"
}
resource "aws_lambda_alias" "renamed" {
  name             = "live"
  function_name    = aws_lambda_function.rename.function_name
  function_version = "$LATEST"
}
resource "terraform_data" "arn" {
  input = aws_lambda_function.published.qualified_arn
}
data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_partition" "this" {}
output "where" {
  value = [data.aws_caller_identity.me.account_id, data.aws_region.here.name, data.aws_partition.this.partition]
}
output "version" {
  value = aws_lambda_function.published.version
}
output "arns" {
  value = { plain = aws_lambda_function.plain.arn, layer = aws_lambda_layer_version.changing.arn }
}
"#,
    r#"
resource "aws_lambda_layer_version" "stable" {
  layer_name               = "stable"
  filename                 = "a.zip"
  compatible_runtimes      = ["python3.12", "python3.13"]
  compatible_architectures = ["x86_64"]
  license_info             = "MIT"
  skip_destroy             = true
}
resource "aws_lambda_layer_version" "changing" {
  layer_name       = "changing"
  filename         = "b.zip"
  source_code_hash = filebase64sha256("b.zip")
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.published.arn
  function_version = aws_lambda_function.published.version
}
resource "aws_lambda_alias" "weighted" {
  name             = "weighted"
  function_name    = aws_lambda_function.publish.function_name
  function_version = "1"
  routing_config {
    additional_version_weights = { "2" = 0.25 }
  }
}
resource "terraform_data" "arn" {
  input = aws_lambda_function.published.qualified_arn
}
data "aws_lambda_function" "plain" {
  function_name = aws_lambda_function.plain.function_name
}
output "found" {
  value = data.aws_lambda_function.plain.arn
}
output "version" {
  value = aws_lambda_function.published.version
}
"#,
    r#"
resource "aws_lambda_layer_version" "changing" {
  layer_name       = "changing"
  filename         = "b.zip"
  source_code_hash = filebase64sha256("b.zip")
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.published.function_name
  function_version = aws_lambda_function.published.version
}
resource "aws_lambda_alias" "weighted" {
  name             = "weighted"
  function_name    = aws_lambda_function.publish.function_name
  function_version = "2"
}
resource "terraform_data" "arn" {
  input = aws_lambda_function.published.qualified_arn
}
output "version" {
  value = aws_lambda_function.published.version
}
"#,
];

/// `main.tf` at a step, counted from nothing, with those functions that `keep` wants.
pub fn project(step: usize, keep: impl Fn(&str) -> bool) -> String {
    let mut text = PROVIDER.to_owned();
    for (name, steps) in FUNCTIONS.iter().filter(|(name, _)| keep(name)) {
        let body = steps.get(step).or(steps.last()).unwrap();
        if *body != "-" {
            text.push_str(&function(name, body));
        }
    }
    text.push_str(COMPANIONS[step]);
    text
}

/// The block of one function.
pub fn function(name: &str, body: &str) -> String {
    let image = body.contains("image_uri");
    let says = |argument: &str| body.lines().any(|line| line.split_whitespace().next() == Some(argument));
    let mut text = format!("resource \"aws_lambda_function\" \"{name}\" {{\n");
    let given = [
        ("function_name", format!("\"{name}\""), true),
        ("role", "local.role".to_owned(), true),
        ("handler", "\"index.handler\"".to_owned(), !image),
        ("runtime", "\"python3.12\"".to_owned(), !image),
        // Terraform's provider makes functions with a `filename` one after the other, waiting for seconds at each.
        ("s3_bucket", "\"code\"".to_owned(), !image && !says("filename")),
        ("s3_key", "\"a.zip\"".to_owned(), !image && !says("filename")),
    ];
    for (argument, value, wanted) in given {
        if wanted && !says(argument) {
            writeln!(text, "  {argument} = {value}").unwrap();
        }
    }
    for line in body.lines() {
        writeln!(text, "  {line}").unwrap();
    }
    text.push_str("}\n");
    text
}

/// A deployment package with one file that says `text`.
pub fn package(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    zip.start_file("index.py", options).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}
