source("../record.R")
data <- read_case()
data$spread <- 1 / data$n_readings
id <- complete_subject(data)
fit <- gls(y ~ base + arm * visit, data = data, correlation = corSymm(form = ~ visitn | id),
           weights = varComb(varIdent(form = ~ 1 | visit), varFixed(~ spread)), method = "REML", control = TIGHT)
ml <- update(fit, method = "ML")
write_case(list(gls_reml = report_gls(fit), gls_ml = report_gls(ml)), c("nlme"))
