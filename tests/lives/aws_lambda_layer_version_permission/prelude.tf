resource "aws_lambda_layer_version" "shared" {
  layer_name = "life"
  filename   = "a.zip"
}
