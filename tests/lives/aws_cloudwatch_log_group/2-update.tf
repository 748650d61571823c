# expect: Plan: 0 to add, 1 to change, 0 to destroy.
# expect: ~ retention_in_days = 0 -> 14
resource "aws_cloudwatch_log_group" "this" {
  name              = "/life/one"
  retention_in_days = 14
  tags              = { b = "2" }
}
