# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_cloudwatch_log_group" "this" {
  name = "/life/one"
  tags = { a = "1" }
}
