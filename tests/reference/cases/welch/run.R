source("../record.R")
data <- read_case()
report <- function(test) list(program = "stats::t.test", estimate = unname(diff(test$estimate)), se = test$stderr,
                              df = unname(test$parameter), p = test$p.value,
                              lower = -test$conf.int[2], upper = -test$conf.int[1])
write_case(list(welch = report(t.test(y ~ arm, data)), pooled = report(t.test(y ~ arm, data, var.equal = TRUE)),
                variance = as.list(tapply(data$y, data$arm, var))), "jsonlite")
