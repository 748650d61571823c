# expect: Plan: 0 to add, 1 to change, 0 to destroy.
# expect: ~ retention_in_days = 0 -> 14
resource "aws_cloudwatch_log_group" "this" {
  name              = "/life/one"
  retention_in_days = 14
  kms_key_id        = "arn:aws:kms:us-east-1:123456789012:key/0d2b6c06-c3a6-4a5c-8a5e-1f6a3a3f6f9f"
  tags              = { b = "2" }
}
