source("../record.R")
data <- read_case()
wide <- reshape(data[, c("id", "visit", "y")], idvar = "id", timevar = "visit", direction = "wide")
test <- t.test(wide$y.POST, wide$y.PRE, paired = TRUE)
one <- t.test(wide$y.PRE)
write_case(list(
  paired = list(program = "stats::t.test", estimate = unname(test$estimate), se = test$stderr,
                df = unname(test$parameter), statistic = unname(test$statistic), p = test$p.value,
                lower = test$conf.int[1], upper = test$conf.int[2]),
  pre = list(program = "stats::t.test", estimate = unname(one$estimate), se = one$stderr, df = unname(one$parameter)),
  covariance = list(program = "stats::cov", sigma = unname(cov(wide[, c("y.PRE", "y.POST")])))
), "jsonlite")
