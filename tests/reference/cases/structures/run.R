source("../record.R"); source("../dense.R")
data <- read_case()
formula <- y ~ base + arm * visit
id <- complete_subject(data)
week <- sort(unique(data$week))
visits <- levels(data$visit)

fit_gls <- function(correlation, heterogeneous, method) {
  args <- list(y ~ base + arm * visit, data = data, correlation = correlation, method = method, control = TIGHT)
  if (heterogeneous) args$weights <- varIdent(form = ~ 1 | visit)
  fit <- do.call(gls, args)
  c(report_gls(fit), list(sigma = sigma_of_gls(fit, id, visits)))
}
correlations <- list(us = list(corSymm(form = ~ visitn | id), TRUE), cs = list(corCompSymm(form = ~ 1 | id), FALSE),
                     csh = list(corCompSymm(form = ~ 1 | id), TRUE), ar1 = list(corAR1(form = ~ visitn | id), FALSE),
                     ar1h = list(corAR1(form = ~ visitn | id), TRUE), sp_exp = list(corExp(form = ~ week | id), FALSE))

names <- colnames(model.matrix(formula, data))
tests <- list("TRT - PBO at W14" = rbind(as.numeric(names %in% c("armTRT", "armTRT:visitW14"))),
              "arm:visit" = diag(length(names))[grepl("armTRT:", names), ])
structures <- c("us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh", "sp_exp")
dense <- function(reml) lapply(setNames(structures, structures), function(s)
  report_dense(fit_dense(formula, data, s, time = week, reml = reml), tests))
public <- function(method) lapply(correlations, function(x) fit_gls(x[[1]], x[[2]], method))

write_case(list(gls_reml = public("REML"), gls_ml = public("ML"), gls_corCAR1 =
                fit_gls(corCAR1(form = ~ week | id), FALSE, "REML"), dense_reml = dense(TRUE), dense_ml = dense(FALSE)),
           c("nlme", "numDeriv"))
