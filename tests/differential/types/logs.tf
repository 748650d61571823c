resource "aws_cloudwatch_log_group" "plain" {
  name = "/parity/plain"
}

resource "aws_cloudwatch_log_group" "full" {
  name              = "/parity/full"
  retention_in_days = local.first ? 7 : 30
  log_group_class   = "INFREQUENT_ACCESS"
  kms_key_id        = local.first ? "arn:aws:kms:us-east-1:123456789012:key/1" : null
  tags              = local.first ? { a = "1", b = "2" } : { b = "3" }
}

resource "aws_cloudwatch_log_group" "kept" {
  count        = local.first ? 1 : 0
  name         = "/parity/kept"
  skip_destroy = true
}

resource "aws_cloudwatch_log_group" "replaced" {
  name_prefix = local.first ? "/parity/one-" : "/parity/two-"
}

resource "aws_cloudwatch_log_group" "each" {
  for_each          = local.first ? toset(["a", "b"]) : toset(["b", "c"])
  name              = "/parity/each/${each.key}"
  retention_in_days = 1
}
