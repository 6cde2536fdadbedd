source("../record.R"); source("../dense.R")
data <- read_case()
data$visit <- factor(data$visit, c("PRE", "POST"))
wide <- reshape(data[, c("id", "visit", "y")], idvar = "id", timevar = "visit", direction = "wide")
test <- t.test(wide$y.POST, wide$y.PRE, paired = TRUE)
one <- t.test(wide$y.PRE)

# Kenward-Roger with second derivatives in log-Cholesky parameters: the neighbour that must not be printed.
s <- cov(wide[, c("y.PRE", "y.POST")]); l <- t(chol(s))
sigma_of_cholesky <- function(x) tcrossprod(matrix(c(exp(x[1]), x[2], 0, exp(x[3])), 2))
natural <- sigma_of
sigma_of <- function(structure, theta, m, time = NULL) sigma_of_cholesky(theta)
start_of <- function(structure, sigma, time = NULL) c(log(l[1, 1]), l[2, 1], log(l[2, 2]))
cholesky <- fit_dense(y ~ visit, data, "us")
se <- function(linear) sqrt(diag(kenward_roger(cholesky, linear = linear)$phi_a))

write_case(list(
  paired = list(program = "stats::t.test", estimate = unname(test$estimate), se = test$stderr,
                df = unname(test$parameter), statistic = unname(test$statistic), p = test$p.value,
                lower = test$conf.int[1], upper = test$conf.int[2]),
  pre = list(program = "stats::t.test", estimate = unname(one$estimate), se = one$stderr, df = unname(one$parameter)),
  covariance = list(program = "stats::cov", sigma = unname(s)),
  cholesky = list(program = "dense.R", se_kr = as.list(se(FALSE)), se_kr_linear = as.list(se(TRUE)))
), c("jsonlite", "numDeriv"))
