# expect: Plan: 0 to add, 1 to change, 0 to destroy.
# expect: + version_id
resource "aws_s3_object" "this" {
  bucket        = "life"
  key           = "code/a.zip"
  source        = "b.zip"
  etag          = filemd5("b.zip")
  content_type  = "application/zip"
  cache_control = "no-cache"
  metadata      = { owner = "me" }
  tags          = { a = "1" }
}
