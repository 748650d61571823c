module "each" {
  source   = "./app"
  for_each = local.first ? { a = 128, b = 256 } : { b = 512, c = 256 }
  name     = "each-${each.key}"
  memory   = each.value
}

module "counted" {
  source = "./app"
  count  = 1
  name   = "counted-${count.index}"
  tags   = { step = var.step }
}

output "apps" {
  value = { for name, app in module.each : name => app.arn }
}
