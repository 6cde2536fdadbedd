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
# A mean model that does not separate: every structure by arm, evaluated directly.
formula <- y ~ base + arm * visit
columns <- colnames(model.matrix(formula, data))
tests <- list("arm:visit" = diag(length(columns))[grepl("armTRT:", columns), ])
structures <- c("us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh", "sp_exp")
by_arm <- lapply(setNames(structures, structures), function(s)
  report_dense(fit_dense(formula, data, s, time = c(1, 2, 3), group = "arm"), tests))
us <- fit_dense(formula, data, "us", group = "arm")
sandwich <- lapply(setNames(nm = c("CR0", "CR2", "CR3")), function(type) sandwich_dense(us, type))

write_case(list(by_arm = by_arm, sandwich = sandwich, arms = arms, deviance_gls = sum(vapply(arms, function(a) a$gls$deviance, 0)),
                deviance_dense = sum(vapply(arms, function(a) a$dense$deviance, 0))), c("nlme", "numDeriv"))
