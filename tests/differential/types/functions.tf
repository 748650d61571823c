resource "aws_lambda_function" "plain" {
  function_name = "plain"
  role          = local.role
  handler       = "index.handler"
  runtime       = "python3.12"
  s3_bucket     = "code"
  s3_key        = "a.zip"
}

# Everything below hangs on this one.
resource "aws_lambda_function" "api" {
  function_name    = "api"
  role             = aws_iam_role.plain.arn
  handler          = "index.handler"
  runtime          = "python3.12"
  filename         = local.first ? "a.zip" : "b.zip"
  source_code_hash = local.first ? filebase64sha256("a.zip") : filebase64sha256("b.zip")
  publish          = true
  tags             = { step = var.step }

  environment {
    variables = { GROUP = aws_cloudwatch_log_group.plain.name }
  }
}

resource "aws_lambda_function" "full" {
  function_name                  = "full"
  description                    = "step ${var.step}"
  role                           = local.role
  handler                        = "index.handler"
  runtime                        = local.first ? "python3.12" : "python3.13"
  s3_bucket                      = aws_s3_object.source.bucket
  s3_key                         = "a.zip"
  architectures                  = ["arm64"]
  layers                         = [aws_lambda_layer_version.full.arn]
  memory_size                    = local.first ? 512 : 1024
  timeout                        = 30
  reserved_concurrent_executions = 3
  kms_key_arn                    = "arn:aws:kms:us-east-1:123456789012:key/1"
  code_signing_config_arn        = local.first ? aws_lambda_code_signing_config.plain.arn : aws_lambda_code_signing_config.full.arn
  tags                           = { a = "1" }

  environment {
    variables = { AA = "1", STEP = var.step, HUSH = data.terraform_remote_state.other.outputs.hush }
  }
  ephemeral_storage {
    size = 1024
  }
  tracing_config {
    mode = "Active"
  }
  dead_letter_config {
    target_arn = "arn:aws:sqs:us-east-1:123456789012:dead"
  }
  file_system_config {
    arn              = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0"
    local_mount_path = "/mnt/data"
  }
  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.full.name
    application_log_level = local.first ? "INFO" : "DEBUG"
    system_log_level      = "WARN"
  }
  vpc_config {
    subnet_ids         = ["subnet-1", "subnet-2"]
    security_group_ids = ["sg-1"]
  }
  timeouts {
    create = "5m"
  }
}

resource "aws_lambda_function" "image" {
  function_name = "image"
  role          = local.role
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.us-east-1.amazonaws.com/r:${var.step}"

  image_config {
    command           = ["app.handler"]
    entry_point       = ["/entry"]
    working_directory = "/work"
  }
}

resource "aws_lambda_function" "replaced" {
  function_name = "replaced-${local.first ? 1 : 2}"
  role          = aws_iam_role.replaced.arn
  handler       = "index.handler"
  runtime       = "python3.12"
  s3_bucket     = "code"
  s3_key        = "a.zip"
  publish       = true
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.api.function_name
  function_version = aws_lambda_function.api.version
}

resource "aws_lambda_alias" "full" {
  name             = "full"
  description      = "step ${var.step}"
  function_name    = aws_lambda_function.api.arn
  function_version = "1"

  dynamic "routing_config" {
    for_each = local.first ? [] : [0.25]
    content {
      additional_version_weights = { (aws_lambda_function.api.version) = routing_config.value }
    }
  }
}

resource "aws_lambda_alias" "replaced" {
  name             = local.first ? "old" : "new"
  function_name    = aws_lambda_function.api.function_name
  function_version = "$LATEST"
}

resource "aws_lambda_layer_version" "plain" {
  layer_name = "plain"
  filename   = "a.zip"
}

resource "aws_lambda_layer_version" "full" {
  layer_name               = "full"
  description              = "A layer"
  filename                 = "a.zip"
  source_code_hash         = filebase64sha256("a.zip")
  compatible_runtimes      = ["python3.13", "python3.12"]
  compatible_architectures = ["x86_64", "arm64"]
  license_info             = "MIT"
  skip_destroy             = local.first
}

resource "aws_lambda_layer_version" "replaced" {
  layer_name       = "replaced"
  s3_bucket        = "code"
  s3_key           = local.first ? "a.zip" : "b.zip"
  source_code_hash = local.first ? "one" : "two"
}

resource "aws_lambda_layer_version_permission" "plain" {
  layer_name     = aws_lambda_layer_version.plain.layer_name
  version_number = aws_lambda_layer_version.plain.version
  statement_id   = "plain"
  action         = "lambda:GetLayerVersion"
  principal      = "111122223333"
}

resource "aws_lambda_layer_version_permission" "full" {
  layer_name      = aws_lambda_layer_version.full.layer_arn
  version_number  = aws_lambda_layer_version.full.version
  statement_id    = "full"
  action          = "lambda:GetLayerVersion"
  principal       = "*"
  organization_id = "o-a1b2c3d4e5"
  skip_destroy    = true
}

resource "aws_lambda_layer_version_permission" "replaced" {
  layer_name     = aws_lambda_layer_version.replaced.layer_name
  version_number = aws_lambda_layer_version.replaced.version
  statement_id   = "replaced"
  action         = "lambda:GetLayerVersion"
  principal      = "111122223333"
}

resource "aws_lambda_code_signing_config" "plain" {
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/team/abcdefghij"]
  }
}

resource "aws_lambda_code_signing_config" "full" {
  description = "step ${var.step}"
  tags        = { a = "1" }

  allowed_publishers {
    signing_profile_version_arns = local.first ? ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/team/abcdefghij"] : [
      "arn:aws:signer:us-east-1:123456789012:/signing-profiles/team/abcdefghij",
      "arn:aws:signer:us-east-1:123456789012:/signing-profiles/other/abcdefghij",
    ]
  }
  policies {
    untrusted_artifact_on_deployment = "Warn"
  }
}
