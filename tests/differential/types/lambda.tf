resource "aws_lambda_permission" "plain" {
  function_name = aws_lambda_function.api.function_name
  action        = "lambda:InvokeFunction"
  principal     = "s3.amazonaws.com"
}

resource "aws_lambda_permission" "full" {
  statement_id       = "full"
  function_name      = aws_lambda_function.api.arn
  qualifier          = aws_lambda_alias.live.name
  action             = "lambda:InvokeFunction"
  principal          = "events.amazonaws.com"
  source_arn         = "arn:aws:events:us-east-1:123456789012:rule/${var.step}"
  source_account     = "123456789012"
  event_source_token = "token"
}

resource "aws_lambda_permission" "url" {
  statement_id_prefix    = "url-"
  function_name          = aws_lambda_function.api.function_name
  action                 = "lambda:InvokeFunctionUrl"
  principal              = "*"
  principal_org_id       = "o-a1b2c3d4e5"
  function_url_auth_type = "AWS_IAM"
}

resource "aws_lambda_permission" "replaced" {
  statement_id  = "replaced"
  function_name = aws_lambda_function.replaced.function_name
  action        = "lambda:InvokeFunction"
  principal     = "sns.amazonaws.com"
}

resource "aws_lambda_function_url" "plain" {
  function_name      = aws_lambda_function.api.function_name
  authorization_type = "NONE"
}

resource "aws_lambda_function_url" "full" {
  function_name      = aws_lambda_function.api.arn
  qualifier          = aws_lambda_alias.live.name
  authorization_type = local.first ? "AWS_IAM" : "NONE"
  invoke_mode        = local.first ? "BUFFERED" : "RESPONSE_STREAM"

  cors {
    allow_credentials = local.first
    allow_origins     = ["https://a.example", "https://b.example"]
    allow_methods     = local.first ? ["GET"] : ["GET", "POST"]
    allow_headers     = ["date", "keep-alive"]
    expose_headers    = ["date"]
    max_age           = 60
  }
  timeouts {
    create = "5m"
  }
}

resource "aws_lambda_function_url" "replaced" {
  function_name      = aws_lambda_function.replaced.function_name
  authorization_type = "AWS_IAM"
}

resource "aws_lambda_function_event_invoke_config" "plain" {
  function_name          = aws_lambda_function.api.function_name
  maximum_retry_attempts = 1
}

resource "aws_lambda_function_event_invoke_config" "full" {
  function_name                = aws_lambda_function.api.arn
  qualifier                    = aws_lambda_alias.live.name
  maximum_event_age_in_seconds = local.first ? 60 : 120
  maximum_retry_attempts       = 0

  destination_config {
    on_failure {
      destination = "arn:aws:sqs:us-east-1:123456789012:failed"
    }
    on_success {
      destination = local.first ? "arn:aws:sns:us-east-1:123456789012:one" : "arn:aws:sns:us-east-1:123456789012:two"
    }
  }
}

resource "aws_lambda_function_event_invoke_config" "replaced" {
  function_name          = aws_lambda_function.replaced.function_name
  qualifier              = "$LATEST"
  maximum_retry_attempts = 2
}

resource "aws_lambda_provisioned_concurrency_config" "plain" {
  function_name                     = aws_lambda_function.replaced.function_name
  qualifier                         = aws_lambda_function.replaced.version
  provisioned_concurrent_executions = 1
}

resource "aws_lambda_provisioned_concurrency_config" "full" {
  function_name                     = aws_lambda_function.api.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.step
  skip_destroy                      = local.first

  timeouts {
    create = "5m"
    update = "6m"
  }
}

resource "aws_lambda_function_recursion_config" "full" {
  function_name  = aws_lambda_function.api.function_name
  recursive_loop = local.first ? "Allow" : "Terminate"
}

resource "aws_lambda_function_recursion_config" "replaced" {
  function_name  = aws_lambda_function.replaced.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_runtime_management_config" "plain" {
  function_name     = aws_lambda_function.api.function_name
  update_runtime_on = "Auto"
}

resource "aws_lambda_runtime_management_config" "full" {
  function_name       = aws_lambda_function.plain.function_name
  qualifier           = "$LATEST"
  update_runtime_on   = local.first ? "FunctionUpdate" : "Manual"
  runtime_version_arn = local.first ? null : "arn:aws:lambda:us-east-1::runtime:0cdcfbdefbc5e7d3343f73c2e2dd3cba17d61dea0686b404502a0c9ce83931b9"
}

resource "aws_lambda_runtime_management_config" "replaced" {
  function_name     = aws_lambda_function.replaced.function_name
  update_runtime_on = "FunctionUpdate"
}

resource "aws_lambda_invocation" "plain" {
  function_name = aws_lambda_function.api.function_name
  input         = jsonencode({ step = "one" })
}

resource "aws_lambda_invocation" "full" {
  function_name   = aws_lambda_function.api.function_name
  qualifier       = "$LATEST"
  lifecycle_scope = "CRUD"
  terraform_key   = "tf"
  input           = jsonencode({ step = var.step })
}

resource "aws_lambda_invocation" "replaced" {
  function_name = aws_lambda_function.api.function_name
  input         = jsonencode({ step = "one" })
  triggers      = { release = local.first ? "1" : "2" }
}

resource "aws_lambda_event_source_mapping" "plain" {
  function_name    = aws_lambda_function.api.function_name
  event_source_arn = "arn:aws:sqs:us-east-1:123456789012:plain"
}

resource "aws_lambda_event_source_mapping" "full" {
  function_name                      = aws_lambda_alias.live.arn
  event_source_arn                   = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
  starting_position                  = "AT_TIMESTAMP"
  starting_position_timestamp        = "2026-01-01T00:00:00Z"
  enabled                            = local.first
  batch_size                         = local.first ? 7 : 70
  maximum_batching_window_in_seconds = 5
  maximum_record_age_in_seconds      = local.first ? 3600 : 7200
  maximum_retry_attempts             = 3
  parallelization_factor             = local.first ? 2 : 4
  bisect_batch_on_function_error     = true
  tumbling_window_in_seconds         = 30
  function_response_types            = ["ReportBatchItemFailures"]
  kms_key_arn                        = "arn:aws:kms:us-east-1:123456789012:key/1"
  tags                               = { step = var.step }

  destination_config {
    on_failure {
      destination_arn = "arn:aws:sqs:us-east-1:123456789012:failed"
    }
  }
  filter_criteria {
    filter {
      pattern = jsonencode({ data = { kind = ["click"] } })
    }
    filter {
      pattern = jsonencode({ data = { kind = [local.first ? "one" : "two"] } })
    }
  }
  metrics_config {
    metrics = ["EventCount"]
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  function_name    = aws_lambda_function.plain.function_name
  event_source_arn = "arn:aws:sqs:us-east-1:123456789012:queue"

  scaling_config {
    maximum_concurrency = local.first ? 5 : 10
  }
}

resource "aws_lambda_event_source_mapping" "kafka" {
  function_name     = aws_lambda_function.plain.function_name
  topics            = ["orders"]
  starting_position = "TRIM_HORIZON"

  self_managed_event_source {
    endpoints = { KAFKA_BOOTSTRAP_SERVERS = "kafka1.example:9092,kafka2.example:9092" }
  }
  self_managed_kafka_event_source_config {
    consumer_group_id = "group"
  }
  source_access_configuration {
    type = "VPC_SUBNET"
    uri  = "subnet:subnet-1"
  }
  source_access_configuration {
    type = "VPC_SECURITY_GROUP"
    uri  = "security_group:sg-1"
  }
  provisioned_poller_config {
    minimum_pollers = 2
    maximum_pollers = local.first ? 20 : 30
  }
}

resource "aws_lambda_event_source_mapping" "managed_kafka" {
  function_name     = aws_lambda_function.plain.function_name
  event_source_arn  = "arn:aws:kafka:us-east-1:123456789012:cluster/c/0f1e2d3c-0000-1111-2222-333344445555-1"
  topics            = ["orders"]
  starting_position = "LATEST"
}

resource "aws_lambda_event_source_mapping" "documents" {
  function_name     = aws_lambda_function.plain.function_name
  event_source_arn  = "arn:aws:rds:us-east-1:123456789012:cluster:docs"
  starting_position = "LATEST"

  document_db_event_source_config {
    database_name   = "db"
    collection_name = "items"
    full_document   = "UpdateLookup"
  }
  source_access_configuration {
    type = "BASIC_AUTH"
    uri  = "arn:aws:secretsmanager:us-east-1:123456789012:secret:docs"
  }
}

resource "aws_lambda_event_source_mapping" "broker" {
  function_name    = aws_lambda_function.plain.function_name
  event_source_arn = "arn:aws:mq:us-east-1:123456789012:broker:b:b-0f1e2d3c-0000-1111-2222-333344445555"
  queues           = ["jobs"]

  source_access_configuration {
    type = "BASIC_AUTH"
    uri  = "arn:aws:secretsmanager:us-east-1:123456789012:secret:broker"
  }
}

resource "aws_lambda_event_source_mapping" "replaced" {
  function_name    = aws_lambda_function.plain.function_name
  event_source_arn = "arn:aws:sqs:us-east-1:123456789012:${local.first ? "one" : "two"}"
}
