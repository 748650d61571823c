# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_lambda_layer_version" "this" {
  layer_name          = "life"
  filename            = "a.zip"
  compatible_runtimes = ["python3.12"]
}
