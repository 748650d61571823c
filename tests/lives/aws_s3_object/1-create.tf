# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "aws_s3_object" "this" {
  bucket = "life"
  key    = "code/a.zip"
  source = "a.zip"
  etag   = filemd5("a.zip")
}
