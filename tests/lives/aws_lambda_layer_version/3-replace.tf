# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "aws_lambda_layer_version" "this" {
  layer_name          = "life"
  filename            = "b.zip"
  compatible_runtimes = ["python3.12"]
}
