{{/* What the controller reads, and the statuses that it writes. */}}
{{- define "isoline.rules" -}}
- apiGroups: [projectcontour.io]
  resources: [httpproxies, tlscertificatedelegations, extensionservices, contourconfigurations]
  verbs: [get, list, watch]
- apiGroups: [isoline.dev]
  resources: [routepolicies]
  verbs: [get, list, watch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch]
{{ include "isoline.secretRules" . }}
- apiGroups: [projectcontour.io]
  resources: [httpproxies/status, extensionservices/status]
  verbs: [patch]
- apiGroups: [isoline.dev]
  resources: [routepolicies/status]
  verbs: [patch]
- apiGroups: [networking.k8s.io]
  resources: [ingresses/status]
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.certManagerCertificates }}
- apiGroups: [cert-manager.io]
  resources: [certificates]
  verbs: [get, create, patch, delete]
{{- end }}
{{- end -}}

{{- define "isoline.secretRules" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [list, watch]
{{- end -}}

{{/* What it needs in its own namespace whatever it watches. */}}
{{- define "isoline.ownRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "isoline.name" . }}-leader]
  verbs: [get, list, watch, update, patch]
{{- if .Values.watchNamespaces }}
- apiGroups: [""]
  resources: [services]
  resourceNames: [{{ include "isoline.envoy" . }}]
  verbs: [get, list, watch]
{{- with .Values.contourConfigName }}
- apiGroups: [projectcontour.io]
  resources: [contourconfigurations]
  resourceNames: [{{ . }}]
  verbs: [get, list, watch]
{{- end }}
{{- end }}
{{- end -}}

{{/* Namespaces that are not watched, but have a certificate that the settings name. */}}
{{- define "isoline.secretNamespaces" -}}
{{- $tls := .Values.config.tls | default dict -}}
{{- $named := list (dig "fallback-certificate" "namespace" "" $tls) (dig "envoy-client-certificate" "namespace" "" $tls) -}}
{{- range $named | compact | uniq }}
{{- if not (has . $.Values.watchNamespaces) }}
- {{ . }}
{{- end }}
{{- end }}
{{- end -}}
