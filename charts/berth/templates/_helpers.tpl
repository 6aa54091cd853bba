{{/* Names are fixed, not made from the release's: Berth knows its own accounts, Service and webhook configurations by them, and there is one Berth in a cluster. */}}

{{- define "berth.labels" -}}
app.kubernetes.io/part-of: berth
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* An image by its digest where one is given, else by its tag, which is the chart's appVersion by default. Takes (list root image). */}}
{{- define "berth.image" -}}
{{- $root := index . 0 }}
{{- $image := index . 1 }}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default $root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* A size such as 256Mi in bytes, as the agent's flags want it. */}}
{{- define "berth.bytes" -}}
{{- $number := regexFind "^[0-9]+" . }}
{{- $powers := dict "" 0 "Ki" 10 "Mi" 20 "Gi" 30 "Ti" 40 }}
{{- $bytes := int64 $number }}
{{- range until (int (get $powers (trimPrefix $number .))) }}
{{- $bytes = mul $bytes 2 }}
{{- end }}
{{- $bytes }}
{{- end }}

{{/* What the kubelet mounts into a pod that may call the API server. Written out, since clusters before 1.21 mount a token there that is bound to no pod, and such a token of an agent writes nothing. */}}
{{- define "berth.apiToken" -}}
- name: api-token
  projected:
    sources:
    - serviceAccountToken: {path: token, expirationSeconds: 3607}
    - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
    - downwardAPI: {items: [{path: namespace, fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}]}
{{- end }}

{{- define "berth.apiTokenMount" -}}
{name: api-token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
{{- end }}

{{/* A ConfigMap that changes levels of the log at run time, and need not be there. Pods see a change of it within about a minute. */}}
{{- define "berth.logLevel" -}}
- name: log-level
  configMap: {name: berth-log-level, optional: true}
{{- end }}

{{- define "berth.logLevelMount" -}}
{name: log-level, mountPath: /etc/berth/log-level, readOnly: true}
{{- end }}

{{/* Which Service admission is reached by. With cert-manager it has one of its own: the operator tells by the name that is asked for which certificate to show. */}}
{{- define "berth.webhookService" -}}
{{- if .Values.certManager.enabled }}berth-webhook{{ else }}berth-operator{{ end }}
{{- end }}
