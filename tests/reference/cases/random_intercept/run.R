source("../record.R"); source("../dense.R")
suppressPackageStartupMessages({library(lme4); library(pbkrtest); library(lmerTest)})
data <- read_case()
formula <- y ~ base + arm * visit
control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5))
fit <- lmerTest::lmer(y ~ base + arm * visit + (1 | id), data, REML = TRUE, control = control)
null <- lmerTest::lmer(y ~ base + arm + visit + (1 | id), data, REML = TRUE, control = control)
gls_fit <- gls(y ~ base + arm * visit, data = data, correlation = corCompSymm(form = ~ 1 | id), control = TIGHT)

k <- length(fixef(fit)); unit <- diag(k); names <- names(fixef(fit))
variances <- as.data.frame(VarCorr(fit))$vcov
krmodcomp <- function(test) {
  list(num_df = test$ndf, den_df = test$ddf, F = test$Fstat, p = test$p.value, scale = test$F.scaling)
}
interaction <- unit[grepl("armTRT:", names), ]

dense <- fit_dense(formula, data, "cs")
expected <- kenward_roger(dense, information = "expected")
write_case(list(
  lmer = list(program = "lme4::lmer", deviance = unname(getME(fit, "devcomp")$cmp["REML"]),
              coef = as.list(fixef(fit)), se = as.list(setNames(sqrt(diag(as.matrix(vcov(fit)))), names)),
              covariance = variances[1], residual = variances[2]),
  gls_reml = report_gls(gls_fit),
  satterthwaite = list(program = "lmerTest", df = as.list(setNames(summary(fit)$coefficients[, "df"], names)),
                       test = as.list(contestMD(fit, interaction)[1, ])),
  kenward_roger_expected = list(
    program = "pbkrtest", se = as.list(setNames(sqrt(diag(as.matrix(vcovAdj(fit)))), names)),
    df = as.list(setNames(vapply(seq_len(k), function(i) Lb_ddf(unit[i, ], vcov(fit), vcovAdj(fit)), 0), names)),
    test = krmodcomp(KRmodcomp(fit, null)$stats)),
  dense_expected = list(
    program = "dense.R", se = as.list(setNames(sqrt(diag(expected$phi_a)), names)),
    df = as.list(setNames(vapply(seq_len(k), function(i) kr_test(dense, expected, unit[i, ])$den_df, 0), names)),
    test = kr_test(dense, expected, interaction)),
  dense_reml = report_dense(dense, list("arm:visit" = interaction))
), c("nlme", "lme4", "lmerTest", "pbkrtest", "numDeriv"))
