resource "aws_lambda_layer_version" "other" {
  layer_name = "life"
  filename   = "a.zip"
}
