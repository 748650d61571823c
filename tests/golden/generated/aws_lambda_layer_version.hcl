# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from [id]
resource "aws_lambda_layer_version" "this" {
  compatible_architectures = []
  compatible_runtimes      = ["python3.12"]
  description              = null
  filename                 = "life.zip"
  layer_name               = "life"
  license_info             = null
  s3_bucket                = null
  s3_key                   = null
  s3_object_version        = null
  skip_destroy             = false
  source_code_hash         = filebase64sha256("life.zip")
}
