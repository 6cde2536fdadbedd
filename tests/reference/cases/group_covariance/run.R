source("../record.R"); source("../dense.R")
data <- read_case()
id <- complete_subject(data)

# With every term crossed with arm and one covariance per arm the likelihood falls apart by arm:
# the deviance is the sum of the two, beta and Sigma are those of each arm's own fit.
one_arm <- function(level) {
  d <<- droplevels(data[data$arm == level, ])
  fit <- gls(y ~ base + visit, data = d, correlation = corSymm(form = ~ visitn | id),
             weights = varIdent(form = ~ 1 | visit), method = "REML", control = TIGHT)
  list(gls = c(report_gls(fit), list(sigma = sigma_of_gls(fit, complete_subject(d), levels(d$visit)))),
       dense = report_dense(fit_dense(y ~ base + visit, d, "us")))
}
arms <- lapply(setNames(levels(data$arm), levels(data$arm)), one_arm)
write_case(list(arms = arms, deviance_gls = sum(vapply(arms, function(a) a$gls$deviance, 0)),
                deviance_dense = sum(vapply(arms, function(a) a$dense$deviance, 0))), c("nlme", "numDeriv"))
