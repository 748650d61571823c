data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "logs" {
  policy_id                 = "logs"
  version                   = "2012-10-17"
  source_policy_documents   = [data.aws_iam_policy_document.assume.json]
  override_policy_documents = [jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "put", Effect = "Deny", Action = "logs:*", Resource = "*" }] })]
  statement {
    sid       = "put"
    actions   = ["logs:PutLogEvents", "logs:CreateLogStream"]
    resources = ["arn:aws:logs:us-east-1:123456789012:log-group:/parity/plain:*"]
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = ["123456789012", "210987654321"]
    }
  }
  statement {
    effect        = "Deny"
    not_actions   = ["logs:PutLogEvents"]
    not_resources = ["arn:aws:logs:*:*:*"]
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root"]
    }
  }
}

resource "aws_iam_role" "plain" {
  name               = "plain"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role" "full" {
  name                  = "full"
  path                  = "/app/"
  description           = "step ${var.step}"
  max_session_duration  = local.first ? 3600 : 7200
  force_detach_policies = true
  permissions_boundary  = aws_iam_policy.plain.arn
  tags                  = local.first ? { a = "1", b = "2" } : { a = "2" }
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = local.first ? ["lambda.amazonaws.com"] : ["lambda.amazonaws.com", "edgelambda.amazonaws.com"] }
    }]
  })
}

resource "aws_iam_role" "inline" {
  name                = "inline"
  assume_role_policy  = data.aws_iam_policy_document.assume.json
  managed_policy_arns = [aws_iam_policy.plain.arn]

  inline_policy {
    name   = "first"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = local.first ? ["s3:GetObject"] : ["s3:*"], Resource = "*" }] })
  }
  inline_policy {
    name   = local.first ? "second" : "third"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }] })
  }
}

resource "aws_iam_role" "replaced" {
  name               = "replaced-${local.first ? 1 : 2}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role" "prefixed" {
  count              = 2
  name_prefix        = "prefixed-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_policy" "plain" {
  name   = "plain"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_policy" "full" {
  name        = "full"
  path        = "/app/"
  description = "A policy"
  policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = local.first ? "*" : "arn:aws:s3:::code/*" }] })
  tags        = { step = var.step }
}

resource "aws_iam_policy" "replaced" {
  name_prefix = "replaced-"
  description = local.first ? "one" : "two"
  policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_role_policy" "plain" {
  role   = aws_iam_role.plain.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_role_policy" "full" {
  name   = "full"
  role   = aws_iam_role.plain.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = local.first ? "s3:GetObject" : "s3:PutObject", Resource = "*" }] })
}

resource "aws_iam_role_policy" "replaced" {
  name_prefix = "replaced-"
  role        = aws_iam_role.replaced.name
  policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }] })
}

resource "aws_iam_role_policy_attachment" "plain" {
  role       = aws_iam_role.plain.name
  policy_arn = aws_iam_policy.plain.arn
}

resource "aws_iam_role_policy_attachment" "each" {
  for_each   = local.first ? { a = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", b = aws_iam_policy.full.arn } : { b = aws_iam_policy.full.arn, c = aws_iam_policy.replaced.arn }
  role       = aws_iam_role.full.name
  policy_arn = each.value
}

resource "aws_iam_role_policy_attachment" "replaced" {
  role       = aws_iam_role.replaced.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "aws_iam_role" "full" {
  name = aws_iam_role.full.name
}

# They say how often they are attached.
data "aws_iam_policy" "by_arn" {
  arn        = aws_iam_policy.full.arn
  depends_on = [aws_iam_role_policy_attachment.each]
}

data "aws_iam_policy" "by_name" {
  name       = aws_iam_policy.plain.name
  depends_on = [aws_iam_role.full, aws_iam_role.inline, aws_iam_role_policy_attachment.plain]
}

output "role" {
  value = data.aws_iam_role.full.assume_role_policy
}

output "policy" {
  value = jsondecode(data.aws_iam_policy.by_arn.policy)
}

output "document" {
  value = data.aws_iam_policy_document.logs.minified_json
}
