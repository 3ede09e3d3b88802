{{- define "isoline.name" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "isoline.envoy" -}}
{{ include "isoline.name" . }}-envoy
{{- end -}}

{{- define "isoline.certgen" -}}
{{ include "isoline.name" . }}-certgen
{{- end -}}

{{/* The Secret of a side, isoline or envoy. */}}
{{- define "isoline.secret" -}}
{{- $suffix := .root.Values.xds.tls.secretsNameSuffix -}}
{{ .side }}cert{{ with $suffix }}{{ . }}{{ end }}
{{- end -}}

{{/* Labels that select Pods: they never change. */}}
{{- define "isoline.selector" -}}
app.kubernetes.io/name: isoline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "isoline.labels" -}}
{{ include "isoline.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "isoline.metadata" -}}
name: {{ .name }}
namespace: {{ .namespace | default .root.Release.Namespace }}
labels:
  {{- include "isoline.labels" . | nindent 2 }}
{{- end -}}

{{/* registry/repository:tag, or by digest. */}}
{{- define "isoline.reference" -}}
{{- $registry := .root.Values.global.imageRegistry | default .image.registry -}}
{{ with $registry }}{{ . }}/{{ end }}{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default (printf "v%s" .root.Chart.AppVersion) }}{{ end -}}
{{- end -}}

{{- define "isoline.image" -}}
image: {{ include "isoline.reference" . }}
imagePullPolicy: {{ .image.pullPolicy }}
{{- end -}}
